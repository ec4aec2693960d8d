"""Workers come, go, stand still and lose their Kafka while records arrive: none is lost, none is out of order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from itertools import count, groupby
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest

from dragoman.kafka.topics import apply_topics
from dragoman.local.broker import fetch_jars, prepare_broker
from dragoman.local.ports import free_ports
from dragoman.runtime.reach import kafka_trouble
from schemas.messages import End
from schemas.topics import topics
from tests.conftest import PARTITIONS
from tests.servers import running, wait
from tests.workers.driving import until_true
from tests.workers.worker_process import Envelope, Kafka, WorkerProcess, connected, worker

ECHO = str(Path(__file__).with_name("echo_worker.py"))
pytestmark = pytest.mark.system


class Start(Protocol):
    """Starts the echo worker with an instance name."""

    def __call__(self, instance: str, **environment: str) -> WorkerProcess: ...


@pytest.fixture
def name() -> str:
    return f"echo-{uuid4().hex[:8]}"


@pytest.fixture
def launch(tmp_path: Path, name: str) -> Iterator[Callable[..., WorkerProcess]]:
    with ExitStack() as stack:

        def launch(kafka: str, instance: str, **environment: str) -> WorkerProcess:
            servers = {"DRAGOMAN_KAFKA": kafka, "DRAGOMAN_REDIS": "redis://127.0.0.1:1", "DRAGOMAN_INSTANCE": instance}
            log = tmp_path / f"{uuid4().hex}.log"
            return stack.enter_context(worker([ECHO, name], log, **servers | environment))

        yield launch


@pytest.fixture
def start(kafka: str, launch: Callable[..., WorkerProcess]) -> Start:
    return lambda instance, **environment: launch(kafka, instance, **environment)


class Talk:
    """A session on each partition that goes on and on; what was written, and the offsets that were committed."""

    def __init__(self, broker: Kafka, name: str) -> None:
        self._broker, self._name = broker, name
        self.sent = 0
        """Records of each session."""
        self.committed: list[list[int]] = [[] for _ in range(PARTITIONS)]
        self._task: asyncio.Task[None] | None = None

    async def more(self, records: int = 20) -> None:
        """Waits until so many more were written to each session."""
        aim = self.sent + records
        await until_true(lambda: self.sent >= aim or (self._task is not None and self._task.done()))
        if self._task and self._task.done():
            self._task.result()

    async def all_handled(self) -> list[Envelope]:
        """Stops, and returns what came of it when everything was handled and committed."""
        await self._stop()

        async def committed() -> bool:
            await self.look()
            return all(seen[-1] >= last + 1 for seen, last in zip(self.committed, self._last, strict=True))

        await until_true(committed)
        wanted = self.sent
        return await self._broker.read(
            "translations",
            lambda records: all(
                len({message.position for key, _, message in records if key == self.session(number)}) == wanted  # type: ignore[attr-defined]  # all are ends
                for number in range(PARTITIONS)
            ),
            self._name,
        )

    def session(self, partition: int) -> str:
        return f"{self._name}-{partition}"

    async def look(self) -> None:
        """Notes what the group has committed."""
        for number in range(PARTITIONS):
            self.committed[number].append(await self._broker.committed(self._name, "transcripts", number))

    async def __aenter__(self) -> "Talk":
        self._last = [0] * PARTITIONS
        self._task = asyncio.create_task(self._talk())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task:
            self._enough = True
            await task

    async def _talk(self) -> None:
        self._enough = False
        for position in count():
            if self._enough:
                return
            for number in range(PARTITIONS):
                message = End(position=position, language="en", ended_at=0)
                self._last[number] = await self._broker.send("transcripts", self.session(number), message, number)
            self.sent += 1
            if position % 5 == 0:
                await self.look()
            await asyncio.sleep(0.02)


def none_is_lost_or_out_of_order(talk: Talk, echoed: list[Envelope]) -> None:
    """At least once, and in order but for what was done again from an earlier place."""
    for number in range(PARTITIONS):
        positions = [message.position for key, _, message in echoed if key == talk.session(number)]  # type: ignore[attr-defined]  # all are ends
        firsts = list(dict.fromkeys(positions))
        assert firsts == list(range(talk.sent))


def monotonic(talk: Talk) -> bool:
    """No commit went back."""
    return all(seen == sorted(seen) for seen in talk.committed)


async def test_from_one_worker_to_four_and_back_nothing_is_lost_doubled_or_out_of_order(
    start: Start, broker: Kafka, name: str
) -> None:
    workers = [await start("1").started()]
    async with Talk(broker, name) as talk:
        await talk.more()
        workers += [start(str(number)) for number in (2, 3, 4)]
        for each in workers:
            await each.started()
        await talk.more()
        for each in workers[1:]:
            each.child.send_signal(signal.SIGTERM)
            assert await each.ended() == 0, each.output
            await talk.more(5)
        echoed = await talk.all_handled()
    none_is_lost_or_out_of_order(talk, echoed)
    assert monotonic(talk)


async def test_a_rolling_restart_loses_nothing(start: Start, broker: Kafka, name: str) -> None:
    workers = [await start(number).started() for number in ("1", "2")]
    async with Talk(broker, name) as talk:
        for number, each in zip(("1", "2"), workers, strict=True):
            await talk.more(10)
            each.child.send_signal(signal.SIGTERM)
            assert await each.ended() == 0, each.output
            await start(number).started()
        echoed = await talk.all_handled()
    none_is_lost_or_out_of_order(talk, echoed)
    assert monotonic(talk)


async def test_a_worker_that_stood_still_beyond_the_session_timeout_commits_nothing_stale_and_works_on(
    start: Start, broker: Kafka, name: str
) -> None:
    """Or it ends, and its supervisor starts it again."""
    workers = [await start(number).started() for number in ("1", "2")]
    async with Talk(broker, name) as talk:
        await until_true(lambda: len(workers[0].logged("partitions.assigned")) >= 2)
        zombie, other = workers
        await talk.more()
        zombie.child.send_signal(signal.SIGSTOP)
        takeovers = len(other.logged("partitions.assigned"))
        await until_true(lambda: len(other.logged("partitions.assigned")) > takeovers)
        await talk.more()
        zombie.child.send_signal(signal.SIGCONT)
        before = len(zombie.logged("partitions.assigned"))
        await until_true(lambda: zombie.child.poll() is not None or len(zombie.logged("partitions.assigned")) > before)
        if zombie.child.poll() is not None:
            assert zombie.child.returncode in (70, 71, 72)
            await start("1").started()
        await talk.more()
        echoed = await talk.all_handled()
    none_is_lost_or_out_of_order(talk, echoed)
    assert monotonic(talk)


class OwnBroker:
    """A Kafka of its own that can be stopped and started again with its memory."""

    def __init__(self, folder: Path) -> None:
        port, controller = free_ports(2)
        self.address, self._log = f"127.0.0.1:{port}", folder / "output.log"
        self._argv = prepare_broker(folder, fetch_jars(lambda line: None), port, controller)

    def run(self) -> AbstractContextManager[Any]:
        """Running."""
        return running(self._argv, self._log, lambda: kafka_trouble(self.address))

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[Kafka]:
        """Running, with a connection."""
        with self.run():
            async with connected(self.address) as broker:
                yield broker


async def test_a_worker_goes_on_by_itself_when_kafka_was_away_for_longer_than_the_session_timeout(
    tmp_path: Path, name: str, launch: Callable[..., WorkerProcess]
) -> None:
    own = OwnBroker(tmp_path)
    async with own.alive() as broker:
        await asyncio.to_thread(wait, apply_topics(own.address, topics(24, 168), PARTITIONS, 1))
        running_worker = await launch(own.address, "1").started()
        for position in range(5):
            await broker.send("transcripts", f"{name}-a", End(position=position, language="en", ended_at=0), 0)
        await broker.read("translations", lambda records: len(records) >= 5, name)
    await asyncio.sleep(8)  # the outage itself: longer than the session timeout of 6 s
    assert running_worker.child.poll() is None, running_worker.output
    async with own.alive() as broker:
        for position in range(5, 10):
            await broker.send("transcripts", f"{name}-a", End(position=position, language="en", ended_at=0), 0)
        echoed = await broker.read("translations", lambda records: len(positions(records)) >= 10, name)
        assert list(dict.fromkeys(positions(echoed))) == list(range(10))

        async def settled() -> bool:
            return await broker.committed(name, "transcripts", 0) == 10

        await until_true(settled)
        assert running_worker.child.poll() is None, running_worker.output


def positions(records: list[Envelope]) -> list[int]:
    found = [message.position for _, _, message in records if isinstance(message, End)]
    return [position for position, _ in groupby(found)]
