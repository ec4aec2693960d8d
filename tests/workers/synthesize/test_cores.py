"""How many cores nothing else uses."""

import os
from pathlib import Path

from workers.synthesize.cores import free_cores, usable_cores


def test_a_container_has_no_more_than_its_quota(tmp_path: Path) -> None:
    cores = len(os.sched_getaffinity(0))
    quota = tmp_path / "cpu.max"
    assert usable_cores(quota) == cores
    for said, usable in (("max 100000", cores), ("50000 100000", 0.5), ("9900000 100000", cores), ("?", cores)):
        quota.write_text(said)
        assert usable_cores(quota) == usable


def test_what_is_in_use_is_not_free() -> None:
    assert 0 <= free_cores() <= usable_cores()
