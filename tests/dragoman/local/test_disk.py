"""What is said about a disk that fills up, and when a server may be started again."""

import asyncio
import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman.local.disk import COMFORTABLE_B, FULL_B, TO_GO_ON_B, TO_START_B, Disk, free_bytes
from dragoman.runtime.errors import DragomanError
from tests.processes import until

PLENTY = COMFORTABLE_B + 1


class Scene:
    """A disk of which so much is free as the test says."""

    def __init__(self, data: Path, free: int = PLENTY) -> None:
        self.free = free
        self.broken = False
        self.said: list[str] = []
        self.disk = Disk(data, self.said.append, self._free_now, look_s=0.001)

    def _free_now(self, _: Path) -> int:
        if self.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self.free


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_is_free_is_known_before_the_folder_is_there(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(found.f_bavail * found.f_frsize, rel=0.2)


def test_too_little_is_refused_with_what_to_do(tmp_path: Path) -> None:
    Scene(tmp_path, TO_START_B).disk.require()
    with pytest.raises(
        DragomanError, match=r"only 299 MB are free on the disk of .*300 MB are needed.*free some.*--data"
    ):
        Scene(tmp_path, TO_START_B - 1_000_000).disk.require()


async def test_little_is_said_once_and_again_only_after_there_was_more(scene: Scene) -> None:
    watching = asyncio.create_task(scene.disk.watch())
    scene.free = COMFORTABLE_B - 500_000_000
    await until(lambda: scene.said)
    scene.free -= 1_000_000
    await asyncio.sleep(0.01)
    assert [line.split(":")[0] for line in scene.said] == [f"only 1.5 GB are free on the disk of {scene.disk._data}"]
    scene.free = PLENTY
    await asyncio.sleep(0.01)
    scene.free = TO_START_B
    await until(lambda: len(scene.said) == 2)
    watching.cancel()


async def test_a_disk_is_called_full_when_it_is(scene: Scene) -> None:
    watching = asyncio.create_task(scene.disk.watch())
    scene.free = FULL_B
    await until(lambda: scene.said)
    await asyncio.sleep(0.01)
    assert [line.startswith("only 10 MB are free") for line in scene.said] == [True]
    scene.free = 0
    await until(lambda: len(scene.said) == 2)
    assert scene.said[1].startswith(f"the disk of {scene.disk._data} is full (only 0 MB are free)")
    watching.cancel()


async def test_a_server_waits_for_room_and_both_ends_are_said_in_one_line_each(scene: Scene) -> None:
    scene.free = TO_GO_ON_B - 1_000_000
    waiting = asyncio.create_task(scene.disk.until_there_is())
    watching = asyncio.create_task(scene.disk.watch())
    await until(lambda: scene.said)
    await asyncio.sleep(0.01)
    assert not waiting.done()
    (line,) = scene.said
    assert line.startswith(f"the disk of {scene.disk._data} is full (only 99 MB are free)")
    assert "free 100 MB" in line
    scene.free = PLENTY
    await waiting
    watching.cancel()
    assert scene.said[1:] == [f"there is room again on the disk of {scene.disk._data} (2.0 GB): all goes on"]
    assert list(scene.disk._data.iterdir()) == []


async def test_with_room_nobody_waits_and_nothing_is_said(scene: Scene) -> None:
    await scene.disk.until_there_is()
    assert scene.said == []


async def test_a_disk_that_answers_nothing_ends_nobody_who_watches_it_or_waits_for_it(scene: Scene) -> None:
    scene.broken = True
    watching = asyncio.create_task(scene.disk.watch())
    waiting = asyncio.create_task(scene.disk.until_there_is())
    await until(lambda: scene.said)
    await asyncio.sleep(0.01)
    assert not watching.done()
    assert not waiting.done()
    assert "(Input/output error)" in scene.said[0]
    with pytest.raises(DragomanError, match="cannot be used: Input/output error"):
        scene.disk.require()
    scene.broken = False
    await waiting
    watching.cancel()
    assert len(scene.said) == 2


async def test_a_disk_that_is_read_only_is_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses to remove what could not be written, too."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as read_only:
        read_only.setattr(Path, "open", refused)
        read_only.setattr(Path, "unlink", refused)
        waiting = asyncio.create_task(scene.disk.until_there_is())
        await until(lambda: scene.said or waiting.done())
    await waiting
    assert "(Read-only file system)" in scene.said[0]


LIMITED = """
import asyncio, sys
from pathlib import Path
from dragoman.local.disk import Disk
asyncio.run(Disk(Path(sys.argv[1]), lambda line: print(line, flush=True), lambda _: 10**10, 0.01).until_there_is())
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
