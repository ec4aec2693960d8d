"""What is said about a disk that fills up, and when a server may be started again."""

import asyncio
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman.local.room import COMFORTABLE_B, FULL_B, TO_GO_ON_B, TO_START_B, Room, free_bytes
from dragoman.runtime.errors import DragomanError
from tests.processes import until

PLENTY = COMFORTABLE_B + 1


class Disk:
    """How much is free, as the test says."""

    def __init__(self, data: Path, free: int = PLENTY) -> None:
        self.free = free
        self.said: list[str] = []
        self.room = Room(data, self.said.append, lambda _: self.free, look_s=0.001)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_what_is_free_is_known_before_the_folder_is_there(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(found.f_bavail * found.f_frsize, rel=0.2)


def test_too_little_is_refused_with_what_to_do(tmp_path: Path) -> None:
    Disk(tmp_path, TO_START_B).room.require()
    with pytest.raises(
        DragomanError, match=r"only 299 MB are free on the disk of .*300 MB are needed.*free some.*--data"
    ):
        Disk(tmp_path, TO_START_B - 1_000_000).room.require()


async def test_little_is_said_once_and_again_only_after_there_was_more(disk: Disk) -> None:
    watching = asyncio.create_task(disk.room.watch())
    disk.free = COMFORTABLE_B - 500_000_000
    await until(lambda: disk.said)
    disk.free -= 1_000_000
    await asyncio.sleep(0.01)
    assert [line.split(":")[0] for line in disk.said] == [f"only 1.5 GB are free on the disk of {disk.room._data}"]
    disk.free = PLENTY
    await asyncio.sleep(0.01)
    disk.free = TO_START_B
    await until(lambda: len(disk.said) == 2)
    watching.cancel()


async def test_a_disk_is_called_full_when_it_is(disk: Disk) -> None:
    watching = asyncio.create_task(disk.room.watch())
    disk.free = FULL_B
    await until(lambda: disk.said)
    await asyncio.sleep(0.01)
    assert [line.startswith("only 10 MB are free") for line in disk.said] == [True]
    disk.free = 0
    await until(lambda: len(disk.said) == 2)
    assert disk.said[1].startswith(f"the disk of {disk.room._data} is full (only 0 MB are free)")
    watching.cancel()


async def test_a_server_waits_for_room_and_both_ends_are_said_in_one_line_each(disk: Disk) -> None:
    disk.free = TO_GO_ON_B - 1_000_000
    waiting = asyncio.create_task(disk.room.until_there_is())
    watching = asyncio.create_task(disk.room.watch())
    await until(lambda: disk.said)
    await asyncio.sleep(0.01)
    assert not waiting.done()
    (line,) = disk.said
    assert line.startswith(f"the disk of {disk.room._data} is full (only 99 MB are free)")
    assert "free 100 MB" in line
    disk.free = PLENTY
    await waiting
    watching.cancel()
    assert disk.said[1:] == [f"there is room again on the disk of {disk.room._data} (2.0 GB): all goes on"]
    assert list(disk.room._data.iterdir()) == []


async def test_with_room_nobody_waits_and_nothing_is_said(disk: Disk) -> None:
    await disk.room.until_there_is()
    assert disk.said == []


LIMITED = """
import asyncio, sys
from pathlib import Path
from dragoman.local.room import Room
asyncio.run(Room(Path(sys.argv[1]), lambda line: print(line, flush=True), lambda _: 10**10, 0.01).until_there_is())
print("started", flush=True)
"""


def test_what_is_free_is_not_believed_where_nothing_can_be_written(tmp_path: Path) -> None:
    """As with a quota: here a limit of the process, which ends while it waits."""
    nothing = (0, resource.RLIM_INFINITY)
    with subprocess.Popen(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, nothing),
    ) as child:
        assert child.stdout
        try:
            assert "is full (File too large)" in child.stdout.readline()
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            assert "there is room again" in child.stdout.readline()
            assert child.stdout.readline() == "started\n"
        finally:
            child.kill()
