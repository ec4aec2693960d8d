import io
from pathlib import Path

import pytest

from dragoman.local.output import FILES, OutputLog
from tests.processes import until


def sizes_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.iterdir()}


async def test_output_goes_on_in_the_same_file_after_a_restart(tmp_path: Path) -> None:
    log = OutputLog(tmp_path / "logs" / "worker.log")
    log.pump(io.BytesIO(b"first\n"))
    await until(lambda: list(log.last_lines) == ["first"])
    log.pump(io.BytesIO(b"second, without an end"))
    await until(lambda: len(log.last_lines) == 2)
    log.close()
    assert log.path.read_text() == "first\nsecond, without an end\n"


async def test_what_comes_after_the_end_is_read_and_opens_no_file_again(tmp_path: Path) -> None:
    log = OutputLog(tmp_path / "worker.log")
    log.close()
    log.pump(io.BytesIO(b"late\n")).join()
    assert list(log.last_lines) == ["late"]
    assert sizes_in(tmp_path) == {}


async def test_files_are_rotated_by_size_and_several_are_kept(tmp_path: Path) -> None:
    log = OutputLog(tmp_path / "worker.log", max_bytes=100)
    log.pump(io.BytesIO(b"".join(b"line %04d\n" % number for number in range(200)) + b"end\n"))
    await until(lambda: "end" in log.last_lines)
    log.close()
    sizes = sizes_in(tmp_path)
    assert sorted(sizes) == ["worker.log", *(f"worker.log.{number}" for number in range(1, FILES + 1))]
    assert max(sizes.values()) <= 100


async def test_bytes_that_are_no_text_do_not_stop_the_pump(tmp_path: Path) -> None:
    log = OutputLog(tmp_path / "worker.log")
    log.pump(io.BytesIO(b"\xff\xfe\n" + b"x" * 200_000 + b"\nend\n"))
    await until(lambda: "end" in log.last_lines)
    log.close()
    assert log.path.read_text(encoding="utf-8").startswith("��\n")


class FullDisk:
    """Where a log is kept that cannot be written for a while."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._away = folder.with_name("away")

    def fill(self) -> None:
        """A file stands where the folder was: nothing can be opened in it, whoever tries."""
        self.folder.rename(self._away)
        self.folder.touch()

    def free(self) -> None:
        self.folder.unlink()
        self._away.rename(self.folder)


async def test_what_cannot_be_written_is_dropped_counted_and_makes_no_noise(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log, disk = OutputLog(tmp_path / "logs" / "worker.log"), FullDisk(tmp_path / "logs")
    disk.fill()
    log.pump(io.BytesIO(b"one\ntwo\nthree\n")).join()
    disk.free()
    log.pump(io.BytesIO(b"four\nfive\n")).join()
    log.close()
    assert log.path.read_text() == "[3 lines could not be written here]\nfour\nfive\n"
    assert list(log.last_lines) == ["one", "two", "three", "four", "five"]
    assert capfd.readouterr() == ("", "")
