"""Workers die, zombies wake up, Redis forgets: what is delivered is one version of the speech, without a hole."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from schemas.messages import Transcript
from tests.workers.driving import Clock, Driven, everyone_waits
from tests.workers.transcribe.dictated import FRAME, frame, marker
from workers.outbox import MemoryOutbox
from workers.stage import KEPT, Emit, Inbound, Outbound, Record, Settle
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.stage import transcribe

FRAMES = 60
END = FRAMES * FRAME
ROUNDS = 40


class Erratic:
    """A recogniser that cuts the same speech differently every time."""

    name = "erratic"
    languages = frozenset({"*"})
    places = None

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    async def start(self) -> None:
        """Nothing to prove."""

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> "ErraticRecognition":
        return ErraticRecognition(self._dice)

    async def close(self) -> None:
        """Nothing was started."""


class ErraticRecognition:
    """Says a final after any feed, up to anywhere in what it was fed."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._from = self._until = -1
        self._results: asyncio.Queue[Hypothesis | Quiet] = asyncio.Queue()

    async def feed(self, position: int, pcm: bytes) -> None:
        self._from = position if self._from < 0 else self._from
        self._until = position + len(pcm) // 2
        if self._dice.random() < 0.3:
            self._say(self._dice.randint(self._from + 1, self._until))

    async def finish(self) -> None:
        if self._until > self._from:
            self._say(self._until)
        self._results.put_nowait(Quiet(self._until))

    async def results(self) -> AsyncIterator[Hypothesis | Quiet]:
        while True:
            yield await self._results.get()

    async def close(self) -> None:
        """Results end with their reader."""

    def _say(self, until: int) -> None:
        text = f"{self._from} to {until}, {self._dice.random()}"
        self._results.put_nowait(Hypothesis(text, start=self._from, end=until, until=until, final=True))
        self._from = until


class Delivered:
    """The session in Kafka: all finals that were delivered, in order; and what workers ask of it."""

    complete = True

    def __init__(self) -> None:
        self.finals: list[Transcript] = []

    async def last(self, record: Record, back_ms: int = 0) -> Transcript | None:
        return max(self.finals, key=lambda final: final.until, default=None)

    def note(self, outbound: Outbound) -> None:
        if isinstance(outbound, Emit) and isinstance(outbound.message, Transcript) and outbound.message.final:
            self.finals.append(outbound.message)

    def check(self) -> None:
        """Every span was delivered in one version, and they tile the audio."""
        versions = {(final.segment, final.until, final.text) for final in self.finals}
        spans = sorted((segment, until) for segment, until, _ in versions)
        assert [segment for segment, _ in spans] == [0, *(until for _, until in spans[:-1])]
        assert spans[-1][1] == END


@pytest.fixture(params=range(ROUNDS))
def dice(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


RECORDS: list[Inbound] = [*(frame(n, n * FRAME) for n in range(FRAMES)), marker(FRAMES, "end", END)]


async def test_a_worker_that_dies_again_and_again_makes_one_version(dice: random.Random) -> None:
    """It dies before or after what it emits is delivered; its successor begins at the first record not settled."""
    kafka, outbox, settled = Delivered(), MemoryOutbox(), set[int]()
    while len(settled) <= FRAMES:
        begin = min(set(range(FRAMES + 1)) - settled)
        done = 0
        lives_for = dice.randint(1, 30)

        async def inbound(begin: int = begin) -> AsyncIterator[Inbound]:
            for record in RECORDS[begin:]:
                yield record
                await asyncio.sleep(0)

        stage = transcribe(
            inbound(), recognisers=[Erratic(dice)], outbox=outbox, told=kafka, now=Clock().now, timeout_s=10
        )
        async for outbound in stage:
            done += 1
            if done > lives_for:
                break  # what it was about to deliver is lost
            kafka.note(outbound)
            if isinstance(outbound, Settle):
                settled.add(outbound.record.offset)
        await stage.aclose()  # type: ignore[attr-defined]  # stages are async generators
        if dice.random() < 0.3:
            outbox.forget()
    kafka.check()


async def test_two_workers_on_one_session_make_one_version(dice: random.Random) -> None:
    """One of them is a zombie that wakes up now and then; Redis forgets in between."""
    kafka, outbox, clock = Delivered(), MemoryOutbox(), Clock()

    class Worker(Driven):
        def __init__(self) -> None:
            super().__init__(
                lambda inbound: transcribe(
                    inbound, recognisers=[Erratic(dice)], outbox=outbox, told=kafka, now=clock.now, timeout_s=10
                )
            )
            self.given = self.noted = 0

        async def go_on(self, count: int) -> None:
            for record in RECORDS[self.given : self.given + count]:
                if self.running:
                    await self.give(record)
            self.given = min(self.given + count, len(RECORDS))
            await everyone_waits()
            for outbound in self.outbound[self.noted :]:
                kafka.note(outbound)
            self.noted = len(self.outbound)

    async with Worker() as one, Worker() as other:
        while one.given < len(RECORDS) or other.given < len(RECORDS):
            worker = dice.choice((one, other))
            if dice.random() < 0.1 and worker.given and worker.running:
                await worker.give(KEPT)
            await worker.go_on(dice.randint(1, 12))
            if dice.random() < 0.2:
                outbox.forget()
    kafka.check()
