import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman.local.folder import forget_run, kept_secret, kept_size, locked, sweep, write_run
from dragoman.runtime.errors import DragomanError

HOLDER = """
import sys, time
from pathlib import Path
from dragoman.local.folder import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_told_who_has_the_folder(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            with pytest.raises(DragomanError, match=rf"process {holder.pid}\) uses .*--data"), locked(tmp_path):
                pass
        finally:
            holder.kill()
    with locked(tmp_path):
        pass  # a killed one leaves no lock behind


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DragomanError, match="cannot be written: Not a directory"), locked(tmp_path / "file" / "data"):
        pass


def test_the_secret_outlives_a_restart_and_is_nobody_elses(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path)
    assert len(secret) >= 32
    assert kept_secret(tmp_path) == secret
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_run_json_is_replaced_and_forgotten(tmp_path: Path) -> None:
    write_run(tmp_path, {"url": "one"})
    write_run(tmp_path, {"url": "two"})
    assert json.loads((tmp_path / "run.json").read_text()) == {"url": "two"}
    forget_run(tmp_path)
    forget_run(tmp_path)
    assert not (tmp_path / "run.json").exists()


def test_what_killed_processes_left_is_swept_away(tmp_path: Path) -> None:
    sweep(tmp_path)
    (tmp_path / "scratch" / "left").touch()
    sweep(tmp_path)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_the_topics_may_take_is_decided_at_the_first_start(tmp_path: Path) -> None:
    assert kept_size(tmp_path, free=4_000_000_000) == 1_000_000_000
    assert kept_size(tmp_path, free=2_000_000) == 1_000_000_000


def test_on_a_large_disk_it_is_20_gb(tmp_path: Path) -> None:
    assert kept_size(tmp_path, free=10**15) == 20_000_000_000


def test_a_run_json_that_cannot_be_written_ends_nothing_and_leaves_the_old_one(tmp_path: Path) -> None:
    write_run(tmp_path, {"url": "one"})
    (tmp_path / "run.json.new").mkdir()
    write_run(tmp_path, {"url": "two"})
    assert json.loads((tmp_path / "run.json").read_text()) == {"url": "one"}
