"""A disk that fills up while somebody speaks: nothing ends, everybody is told, and nothing acknowledged is missing."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from dragoman.client.listener import Listener
from dragoman.client.pace import Pace, of_bytes, speak
from dragoman.client.speaker import Speaker
from schemas.audio import SAMPLE_RATE
from schemas.socket import Caption, Warning
from tests.processes import until
from tests.refusing_redis import RefusingRedis
from tests.system.machine import Machine, machine

ANY_SIZE = resource.RLIM_INFINITY
SECOND = bytes(2 * SAMPLE_RATE)


class Disk:
    """That of a machine: when it is full no file of Kafka or `dragoman up` gets longer, and Redis cannot save itself.

    It is done by a limit for the size of files (for which nobody needs rights), which whatever is started later has,
    too. Redis would die of that signal, and is filled up in its own way.
    """

    def __init__(self, up: Machine) -> None:
        self._up = up
        self._redis = RefusingRedis(up.run["redis"], up.data / "redis")

    def fill(self) -> None:
        """From now on nothing can be written."""
        self._redis.refuse()
        self._limit(0)

    def free(self) -> None:
        """There is room again."""
        self._limit(ANY_SIZE)
        self._redis.take()

    def _limit(self, size: int) -> None:
        pids = [self._up.process.pid, *(pid for pid, name in self._up.descendants().items() if name == "java")]
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, ANY_SIZE))


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """One that is ready. However long a busy machine takes to start Kafka again, it is no reason to jump."""
    monkeypatch.setenv("DRAGOMAN_JUMP_S", "3600")
    with machine(tmp_path, "--engines", "scripted") as started:
        started.read_until("ready")
        yield started


class Heard:
    """What a listener got, and what the speaker was told."""

    def __init__(self) -> None:
        self.until = 0
        """All before it was captioned without a hole."""
        self.warned: list[str] = []

    async def listen(self, listener: Listener) -> None:
        async for message in listener.messages():
            if isinstance(message, Caption) and message.final and message.text:
                assert message.segment == self.until, "a hole"
                self.until = int(message.text.split(" to ")[1])

    async def be_told(self, speaker: Speaker) -> None:
        async for event in speaker.events():
            if isinstance(event, Warning):
                self.warned.append(event.code)


@asynccontextmanager
async def session(url: str, heard: Heard) -> AsyncIterator[Speaker]:
    """Somebody may speak, somebody reads Spanish."""
    async with (
        Speaker.create(url, "en") as speaker,
        Listener.join(url, speaker.code, "es", audio=False) as listener,
        asyncio.TaskGroup() as tasks,
    ):
        own = [tasks.create_task(heard.listen(listener)), tasks.create_task(heard.be_told(speaker))]
        yield speaker
        for task in own:
            task.cancel()


async def test_all_goes_on_by_itself_when_there_is_room_again(up: Machine) -> None:
    heard, disk, ready = Heard(), Disk(up), up.lines[-1]
    processes = {name: process["pid"] for name, process in up.run["processes"].items()}
    async with session(up.run["url"], heard) as speaker:
        speaking = asyncio.create_task(speak(speaker, of_bytes(SECOND * 600), Pace(fast=False)))
        await until(lambda: heard.until > 2 * SAMPLE_RATE, timeout_s=60)
        disk.fill()
        line = await asyncio.to_thread(up.read_until, "the disk of")
        assert line == (
            f"the disk of {up.data} is full (File too large), nothing that is said can be kept: "
            "free 100 MB, then all goes on by itself"
        )
        os.kill(processes["synthesize-0"], signal.SIGKILL)  # what runs now cannot be noted in run.json
        await asyncio.to_thread(up.read_until, "synthesize-0 was ended by SIGKILL")
        await until(lambda: "not-kept" in heard.warned, timeout_s=60)
        speaking.cancel()  # whoever is told so makes a pause
        spoken = speaker.position
        assert spoken > speaker.acknowledged
        disk.free()
        await asyncio.to_thread(up.read_until, "there is room again")
        await until(lambda: speaker.acknowledged == heard.until == spoken, timeout_s=120)
        assert speaker.lost == 0
        await speak(speaker, of_bytes(SECOND * 3), Pace(fast=True))
        await until(lambda: heard.until > spoken, timeout_s=60)
    said = up.lines[up.lines.index(ready) + 3 :]  # the operators' page and where to speak are said after it
    beginnings = ("kafka ended", "the disk of", "synthesize-0 was ended", "synthesize-0 ended", "there is room again")
    assert all(any(each.startswith(beginning) for beginning in beginnings) for each in said), said
    once = [each for each in said if not each.startswith("synthesize-0")]  # that one tries as often as there is time
    assert len(once) <= 4, said
    after = {name: process["pid"] for name, process in up.run["processes"].items()}
    assert {name for name, pid in after.items() if processes[name] != pid} == {"kafka", "synthesize-0"}
    assert psutil.pid_exists(up.process.pid)
