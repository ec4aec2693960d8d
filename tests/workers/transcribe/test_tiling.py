"""Whatever dies, wakes up or forgets: a session's finals tile what was said, in one version.

The recogniser cuts at random, so that a second version would be another one.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from schemas.messages import End, Message, Transcript
from tests.workers.driving import record
from tests.workers.transcribe.dictated import FRAME, frame, marker
from workers.errors import EngineCrashed
from workers.outbox import MemoryOutbox, Outbox, RedisOutbox
from workers.stage import KEPT, Emit, Idle, Inbound, Outbound, Record
from workers.transcribe.delivered import DeliveredInKafka
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.engines.scripted import ScriptedRecogniser
from workers.transcribe.stage import transcribe

FRAMES = 60
END = FRAMES * FRAME


class Moody:
    """Cuts anywhere, and crashes now and then."""

    name = "moody"
    languages = frozenset({"*"})
    capacity = None

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    async def start(self) -> None:
        """Nothing to prove."""

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> "MoodyRecognition":
        return MoodyRecognition(self._dice)

    async def close(self) -> None:
        """Nothing was started."""


class MoodyRecognition:
    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._results: asyncio.Queue[Hypothesis | Quiet] = asyncio.Queue()
        self._begin = self._heard = -1

    async def feed(self, position: int, pcm: bytes) -> None:
        if self._begin < 0:
            self._begin = position
        self._heard = position + len(pcm) // 2
        if self._dice.random() < 0.02:
            raise EngineCrashed
        if self._dice.random() < 0.3 and self._heard > self._begin:
            self._cut(self._dice.randint(self._begin + 1, self._heard))

    async def finish(self) -> None:
        if self._heard > self._begin:
            self._cut(self._heard)
        self._results.put_nowait(Quiet(self._heard))

    async def results(self) -> AsyncIterator[Hypothesis | Quiet]:
        while True:
            yield await self._results.get()

    async def close(self) -> None:
        """Nothing to free."""

    def _cut(self, until: int) -> None:
        text = f"{self._begin} to {until} {self._dice.random()}"
        self._results.put_nowait(Hypothesis(text, self._begin, until, until, final=True))
        self._begin = until


class World:
    """A partition of `audio` with one session, one of `transcripts`, and processes of transcribe that come and go."""

    def __init__(self, seed: int, outbox: Outbox, session_id: str, *, scripted: bool = False) -> None:
        self.dice = random.Random(seed)
        self.outbox, self.session_id, self.scripted = outbox, session_id, scripted
        audio = [*(frame(n, n * FRAME) for n in range(FRAMES)), marker(FRAMES, "end", END)]
        self.audio = [record("audio", each.offset, each.message, session_id=session_id) for each in audio]
        self.transcripts: list[Record] = []
        self.settled: set[int] = set()
        self.processes: list[Process] = []

    @property
    def committed(self) -> int:
        return next(offset for offset in range(FRAMES + 2) if offset not in self.settled)

    @property
    def ended(self) -> bool:
        return any(isinstance(each.message, End) for each in self.transcripts)

    @property
    def finals(self) -> list[Transcript]:
        return [m for m in (each.message for each in self.transcripts) if isinstance(m, Transcript) and m.final]

    def deliver(self, message: Message) -> None:
        self.transcripts.append(record("transcripts", len(self.transcripts), message, session_id=self.session_id))

    async def since(self, topic: str, partition: int, at_ms: int) -> tuple[list[Record], int]:
        return list(self.transcripts), len(self.transcripts)

    async def after(self, topic: str, partition: int, offset: int) -> tuple[list[Record], int]:
        return self.transcripts[offset:], len(self.transcripts)

    def begin_process(self) -> None:
        self.processes.append(Process(self))

    async def run(self, accidents: int, *, redis_forgets: bool, turn_s: float = 0) -> None:
        """Lets accidents happen, and then the last process work to the end."""
        self.begin_process()
        for _ in range(accidents):
            for _ in range(self.dice.randint(1, 60)):
                await asyncio.sleep(turn_s)
            await self._accident(redis_forgets)
        self.begin_process()
        for process in self.processes:
            process.awake.set()
        async with asyncio.timeout(60):
            while not (self.ended and self.committed > FRAMES):  # noqa: ASYNC110  # knows of no event
                await asyncio.sleep(turn_s)
        await asyncio.sleep(turn_s)
        for process in self.processes:
            await process.kill()

    async def _accident(self, redis_forgets: bool) -> None:
        newest = self.processes[-1]
        match self.dice.choice(("kill", "freeze", "wake", "kept", "forget")):
            case "kill":
                await newest.kill()
                self.begin_process()
            case "freeze":
                newest.awake.clear()
                self.begin_process()
            case "wake":
                self.dice.choice(self.processes).awake.set()
            case "kept":
                self.dice.choice(self.processes).kept = True
            case "forget" if redis_forgets:
                self._redis_forgets()

    def _redis_forgets(self) -> None:
        """Everything, or its last seconds; or the life alone is another."""
        assert isinstance(self.outbox, MemoryOutbox)
        self.outbox.life = uuid4().hex
        match self.dice.choice(("all", "some", "nothing")):
            case "all":
                self.outbox._last.clear()
            case "some" if self.finals:
                self.outbox._last[self.session_id] = self.dice.choice(self.finals)

    def check(self) -> None:
        """One version of every segment, each first told in its place, from 0 to the end."""
        told = list(dict.fromkeys((final.segment, final.until, final.text) for final in self.finals))
        assert [segment for segment, _, _ in told] == sorted({segment for segment, _, _ in told})
        assert told[0][0] == 0
        assert all(before[1] == after[0] for before, after in pairwise(told))
        assert told[-1][1] == END


class Process:
    """One worker; while it is not awake it does nothing, as after SIGSTOP."""

    def __init__(self, world: World) -> None:
        self.awake = asyncio.Event()
        self.awake.set()
        self.kept = False
        self._world = world
        self._task = asyncio.create_task(self._run(world))

    async def kill(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, world: World) -> None:
        engine = ScriptedRecogniser() if world.scripted else Moody(world.dice)
        clock = itertools.count(1_100, 10)
        delivered = DeliveredInKafka(world, lambda: 1_100)
        stage = transcribe(
            self._inbound(), recognisers=[engine], outbox=world.outbox, now=lambda: next(clock), delivered=delivered
        )
        try:
            async for item in stage:
                if isinstance(item, Emit) and world.dice.random() < 0.05:
                    return  # died before it was produced
                self._take(item)
                await asyncio.sleep(0)
                await self.awake.wait()
        finally:
            await stage.aclose()  # type: ignore[attr-defined]  # stages are async generators
            if world.processes[-1] is self and world.committed <= FRAMES:
                world.begin_process()

    def _take(self, item: Outbound) -> None:
        if isinstance(item, Emit):
            if item.topic == "transcripts":
                self._world.deliver(item.message)
        elif self._world.processes[-1] is self:  # a zombie's commits are refused
            self._world.settled.add(item.record.offset)

    async def _inbound(self) -> AsyncIterator[Inbound]:
        for each in self._world.audio[self._world.committed :]:
            await asyncio.sleep(0)
            await self.awake.wait()
            if self.kept:
                self.kept = False
                yield KEPT
            yield each
        while True:
            for _ in range(50):
                await asyncio.sleep(0)
            await self.awake.wait()
            yield Idle(1_100)


@pytest.mark.parametrize("seed", range(25))
async def test_finals_tile_what_was_said_whoever_dies_and_whatever_redis_forgets(seed: int) -> None:
    world = World(seed, MemoryOutbox(), "calm-otter-421-t")
    await world.run(12, redis_forgets=True)
    world.check()


@pytest.mark.parametrize("seed", range(4))
async def test_finals_tile_what_was_said_over_a_real_redis(redis_url: str, seed: int) -> None:
    redis = Redis.from_url(redis_url, protocol=2)
    try:
        world = World(seed, RedisOutbox(redis, keep_ms=60_000), f"calm-otter-{uuid4().hex[:6]}")
        await world.run(12, redis_forgets=False, turn_s=0.001)
        world.check()
    finally:
        await redis.aclose()


@pytest.mark.parametrize("seed", range(5))
async def test_a_successor_of_the_scripted_recogniser_cuts_where_the_one_before_it_would_have(seed: int) -> None:
    world = World(seed, MemoryOutbox(), "calm-otter-421-t", scripted=True)
    await world.run(8, redis_forgets=True)
    world.check()
    assert {final.segment for final in world.finals} == set(range(0, END, 32_000))
