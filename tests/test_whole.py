"""`make test` leaves nothing out: what would be skipped fails, with its reason; and how it runs side by side."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import run_together

ROOT = Path(__file__).parents[1]
RUNS = "def test_it(): pass\n"
SKIPS = "import pytest\ndef test_it(): pytest.skip('no_ear')\n"
MARKED = "import pytest\n@pytest.mark.skip('no_ear')\ndef test_it(): pass\n"
FILE = "import pytest\npytest.importorskip('no_ear')\ndef test_it(): pass\n"


def run(folder: Path, *sources: str, options: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    """Runs files with our conftest; exit status and lines."""
    for number, source in enumerate(sources):
        (folder / f"test_{number}.py").write_text(source)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "--rootdir", str(folder), str(folder)]
    ended = subprocess.run([*argv, *options], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("sources", "told"), [((SKIPS, MARKED), "1 failed, 1 error in "), ((FILE,), "1 error in ")], ids=["tests", "file"]
)
@pytest.mark.parametrize("side_by_side", ["0", "2"])
def test_what_is_skipped_fails_with_its_reason(
    tmp_path: Path, sources: tuple[str, ...], told: str, side_by_side: str
) -> None:
    status, lines = run(tmp_path, *sources, options=("--whole", "-n", side_by_side))
    assert status != 0
    assert sum("Skipped: " in line and "no_ear" in line for line in lines) >= len(sources), lines
    assert lines[-1].startswith(told)


def test_what_is_not_skipped_passes(tmp_path: Path) -> None:
    status, lines = run(tmp_path, RUNS, options=("--whole",))
    assert (status, lines[-1].partition(" in ")[0]) == (0, "1 passed")


def test_a_part_of_the_tests_may_skip(tmp_path: Path) -> None:
    assert run(tmp_path, SKIPS, MARKED, FILE)[1][-1].startswith("3 skipped in ")


def test_a_file_and_all_that_starts_whole_systems_are_run_by_one_process() -> None:
    assert run_together("tests/gateway/test_a.py::test_one[::]") == run_together("tests/gateway/test_a.py::test_two")
    assert run_together("tests/gateway/test_a.py::test_one") != run_together("tests/gateway/test_b.py::test_one")
    assert run_together("tests/system/test_a.py::test_one") == run_together("tests/system/test_b.py::test_one")


def test_what_takes_long_is_begun_first() -> None:
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-q"]
    argv += [f"tests/workers/test_{name}.py" for name in ("breaker", "tail", "processes")]
    told = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    files = dict.fromkeys(line.partition("::")[0] for line in told.stdout.splitlines() if "::" in line)
    assert list(files) == [f"tests/workers/test_{name}.py" for name in ("processes", "tail", "breaker")]
