"""A broker that lives, and of whose two log directories one has failed: workers wait for it, and lose nothing."""

import asyncio
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from dragoman.kafka.topics import apply_topics
from dragoman.local.broker import fetch_jars, prepare_broker
from dragoman.local.ports import free_ports
from dragoman.runtime.reach import kafka_trouble
from schemas.channels import captions_channel
from schemas.socket import Caption
from schemas.topics import AUDIO, topics
from tests.conftest import PARTITIONS
from tests.servers import running, wait
from tests.workers.driving import until_true
from tests.workers.transcribe.dictated import frames, marker
from tests.workers.worker_process import Kafka, WorkerProcess, connected, worker

STAGES = ("transcribe", "broadcast")
ALL = set(range(PARTITIONS))
pytestmark = pytest.mark.system


class Broker:
    """One of its own, with two log directories: what is kept about a half of all partitions is in the second one."""

    def __init__(self, folder: Path) -> None:
        port, controller = free_ports(2)
        self.address, self._log = f"127.0.0.1:{port}", folder / "output.log"
        self._second, self._away = folder / "second", folder / "away"
        self._argv = prepare_broker(folder, fetch_jars(lambda line: None), port, controller)
        settings = folder / "server.properties"
        first = f"log.dirs={folder / 'log'}"
        more = f"{first},{self._second}\nmetadata.log.dir={folder / 'log'}\nlog.flush.offset.checkpoint.interval.ms=200"
        settings.write_text(settings.read_text().replace(first, more))
        cluster = re.search("cluster.id=(.+)", (folder / "log" / "meta.properties").read_text())
        assert cluster
        java = self._argv[: self._argv.index("kafka.Kafka")]
        tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", cluster[1], "-c", str(settings)]
        subprocess.run([*java, *tool], check=True, stdout=subprocess.DEVNULL)

    def run(self) -> AbstractContextManager[Any]:
        """Running; killed at the end."""
        return running(self._argv, self._log, lambda: kafka_trouble(self.address))

    async def break_second(self) -> set[int]:
        """A file stands where the directory was; returns when the broker has noticed: the partitions of audio in it."""
        self._second.rename(self._away)
        self._second.touch()
        await until_true(lambda: "Stopping serving logs in dir" in self._log.read_text())
        return {int(found.name.rpartition("-")[2]) for found in self._away.glob(f"{AUDIO}-*")}

    def mend_second(self) -> None:
        """It is there again, with all that was in it: the broker sees it at its next start."""
        self._second.unlink()
        self._away.rename(self._second)


class Sessions:
    """One in each partition, and what is read in it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._sessions = [f"brave-heron-{uuid4().hex[:6]}" for _ in range(PARTITIONS)]

    async def speak(self, broker: Kafka, partitions: set[int], first: int, last: int, *, end: bool = False) -> None:
        """In the sessions of some partitions at once."""
        said = [record.message for record in frames(first, last)]
        said += [marker(1000, "end", last).message] if end else []

        async def one(partition: int, session_id: str) -> None:
            for message in said:
                await broker.send(AUDIO, session_id, message, partition)

        await asyncio.gather(*(one(partition, self._sessions[partition]) for partition in partitions))

    async def read(self) -> list[list[str]]:
        """The final captions of each session."""
        rows = [await self._redis.xrange(captions_channel(each, "en")) for each in self._sessions]
        finals = [[msgspec.json.decode(fields[b"p"]) for _, fields in row] for row in rows]
        return [[each["text"] for each in final if each["type"] == Caption.__struct_config__.tag] for final in finals]

    async def until_read(self, end: int) -> None:
        """Every sample up to `end` once, in every session. Where a sentence is cut depends on when Kafka went away: a
        worker ends it when nothing comes for a while."""

        async def so() -> bool:
            return [_tiled(texts) for texts in await self.read()] == [end] * PARTITIONS

        await until_true(so)


def _tiled(texts: list[str]) -> int:
    """The sample up to which `texts` say each once, in order; the texts are spans as the scripted engine reads them."""
    position = 0
    for text in texts:
        start, end = map(int, text.split(" to "))
        assert start == position, texts
        position = end
    return position


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    """Not yet running."""
    return Broker(tmp_path / "kafka")


@pytest.fixture
def workers(broker: Broker, redis_url: str, tmp_path: Path) -> Iterator[Callable[[], list[WorkerProcess]]]:
    """Starts one of each stage; killed at the end."""
    environment = {"DRAGOMAN_KAFKA": broker.address, "DRAGOMAN_REDIS": redis_url, "DRAGOMAN_ENGINES": "scripted"}
    with ExitStack() as stack:
        yield lambda: [
            stack.enter_context(worker(["-m", f"workers.{stage}"], tmp_path / f"{stage}.log", **environment))
            for stage in STAGES
        ]


async def test_workers_wait_for_a_log_directory_that_has_failed(
    broker: Broker, redis_url: str, workers: Callable[[], list[WorkerProcess]]
) -> None:
    async with Redis.from_url(redis_url, protocol=2) as redis:
        sessions = Sessions(redis)
        with broker.run():
            await asyncio.to_thread(wait, apply_topics(broker.address, topics(24, 168), PARTITIONS, 1))
            started = workers()
            for each in started:
                await each.started()
            async with connected(broker.address) as own:
                await sessions.speak(own, ALL, 0, 32_000)
                await sessions.until_read(32_000)
                broken = await broker.break_second()
                await sessions.speak(own, ALL - broken, 32_000, 96_000, end=True)
                await until_true(lambda: "KafkaStorageError" in started[0].output)
        broker.mend_second()
        with broker.run():
            async with connected(broker.address) as own:
                await sessions.speak(own, broken, 32_000, 96_000, end=True)
                await sessions.until_read(96_000)
        assert [each.child.poll() for each in started] == [None] * len(STAGES)
