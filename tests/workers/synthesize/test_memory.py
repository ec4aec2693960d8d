"""How much memory there is."""

from pathlib import Path

from workers.synthesize.memory import usable_mb


def test_a_container_has_no_more_than_its_limit(tmp_path: Path) -> None:
    machine = usable_mb(tmp_path)
    assert machine > 64
    for said, usable in (("67108864\n", 64), ("max\n", machine), (f"{1 << 60}\n", machine)):
        (tmp_path / "memory.max").write_text(said)
        assert usable_mb(tmp_path) == usable
