"""Mode files become command lines."""

import shutil
from pathlib import Path

import pytest

from workers.translate.engines.apertium.modes import Mode, read_mode

LINE = "cat '/data/a file.bin' | sort -g $2 '/data/x' | cat $1 '/data/y'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en-xx.mode").write_text(LINE)
    return tmp_path


def test_each_stage_flushes_at_nul_and_leaves_unknown_words_plain(folder: Path) -> None:
    mode = read_mode("en-xx", folder)
    assert mode == Mode(
        "en-xx",
        (
            (shutil.which("cat"), "-z", "/data/a file.bin"),
            (shutil.which("sort"), "-z", "-g", "/data/x"),
            (shutil.which("cat"), "-z", "-n", "/data/y"),
        ),
    )


def test_a_mode_that_is_not_installed_is_none(folder: Path) -> None:
    assert read_mode("en-yy", folder) is None


def test_missing_files_and_programs_are_named(tmp_path: Path) -> None:
    (tmp_path / "en-xx.mode").write_text(f"no-such-program '{tmp_path}' | cat '/no/such/file'")
    mode = read_mode("en-xx", tmp_path)
    assert mode is not None
    assert mode.absent() == ["/no/such/file", "no-such-program"]


def test_nothing_of_a_mode_file_is_run_by_a_shell(tmp_path: Path) -> None:
    (tmp_path / "en-xx.mode").write_text(f"cat $(touch {tmp_path}/evil) `id` ; id")
    mode = read_mode("en-xx", tmp_path)
    assert mode is not None
    assert mode.stages[0][2:] == ("$(touch", f"{tmp_path}/evil)", "`id`", ";", "id")
    assert not (tmp_path / "evil").exists()
