"""Holes of jumps are transcribed afterwards, over a log, an outbox and a queue in memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from schemas.audio import SAMPLE_RATE
from schemas.channels import Hole
from schemas.messages import Audio, Transcript, Usage
from tests.workers.driving import SESSION, Clock, until, until_true
from tests.workers.transcribe.dictated import FRAME, Dictated, frames, marker
from tests.workers.transcribe.logged import Log, Queue, at, hole
from workers import metrics
from workers.errors import EngineRefused
from workers.outbox import MemoryOutbox
from workers.stage import Emit
from workers.transcribe.engine import Recogniser
from workers.transcribe.engines.scripted import ScriptedRecogniser
from workers.transcribe.fill import UNANNOUNCED_MS
from workers.transcribe.filling import LATER_MS, TRIES, Filling
from workers.transcribe.places import Places
from workers.transcribe.search import SETTLED_MS, Search

SECOND = SAMPLE_RATE


class Running(Clock):
    """Goes on by itself."""

    def now(self) -> int:
        return self.ms + time.monotonic_ns() // 1_000_000


class Bench:
    """One session of 8 s whose lane jumped from 1 s to 7 s, 100 s ago."""

    def __init__(self, engine: Recogniser | None = None) -> None:
        self.clock: Clock = Clock()
        self.log, self.holes = Log(), Queue()
        self.outbox = MemoryOutbox()
        self.places = Places([engine or ScriptedRecogniser()])
        for number, record in enumerate([*frames(0, 8 * SECOND), marker(99, "end", 8 * SECOND)]):
            assert isinstance(record.message, Audio)
            self.log.add("audio", record.message, at(self.clock, 108) + number * 100)
        self.hole = hole(SECOND, 7 * SECOND, at(self.clock, 100))
        self.lost = False
        """Kafka takes nothing."""

    async def announced(self) -> None:
        await self.holes.keep(self.hole)
        self.log.add("transcripts", self.hole.final, self.hole.final.transcribed_at)

    async def produce(self, partition: int, session_id: str, emit: Emit) -> None:
        if self.lost:
            await asyncio.Event().wait()
        assert (partition, session_id) == (0, SESSION)
        await self.log.produce(emit)

    def worker(self) -> Filling:
        """Another one, that knows nothing."""
        search = Search(self.holes, self.log, lambda: "memory", self.clock.now, 3_600_000)
        return Filling(
            self.holes, self.log, search, self.places, lambda hole: self.outbox, self.clock.now, timeout_s=10
        )

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Of the tiles, in seconds."""
        return [(tile.segment // SECOND, tile.until // SECOND) for tile in self.log.tiles]


async def test_a_hole_is_tiled_with_what_the_engine_hears() -> None:
    bench = Bench()
    await bench.announced()
    assert await bench.worker().fill_one(bench.produce)
    assert bench.spans == [(1, 3), (3, 5), (5, 7)]
    assert [tile.text for tile in bench.log.tiles] == [f"{n * SECOND} to {(n + 2) * SECOND}" for n in (1, 3, 5)]
    assert all(tile.revision == (6 + 2) * SECOND for tile in bench.log.tiles)
    usage = [record.message for record in bench.log.topics["usage"]]
    assert [(each.revised, each.seconds) for each in usage if isinstance(each, Usage)] == [(True, 2.0)] * 3
    assert bench.holes.holes == {}
    assert not await bench.worker().fill_one(bench.produce)


async def test_partials_and_ends_are_nobodys_business_any_more() -> None:
    bench = Bench()
    await bench.announced()
    await bench.worker().fill_one(bench.produce)
    assert all(isinstance(record.message, Transcript) for record in bench.log.topics["transcripts"])
    assert len(bench.log.finals) == len(bench.log.topics["transcripts"])


async def test_a_hole_that_is_not_announced_yet_waits() -> None:
    bench = Bench()
    await bench.holes.keep(bench.hole)
    worker = bench.worker()
    assert await worker.fill_one(bench.produce)
    assert bench.log.tiles == []
    bench.log.add("transcripts", bench.hole.final, bench.hole.final.transcribed_at)
    assert not await worker.fill_one(bench.produce), "it is left alone for a while"
    bench.clock.forward(LATER_MS / 1000)
    assert await worker.fill_one(bench.produce)
    assert bench.spans[-1] == (5, 7)


@asynccontextmanager
async def killed_after(bench: Bench, tiles: int) -> AsyncIterator[None]:
    """A worker is gone when so many tiles are delivered and one more is fixed."""

    async def produce(partition: int, session_id: str, emit: Emit) -> None:
        bench.lost = isinstance(emit.message, Transcript) and len(bench.log.tiles) == tiles
        await bench.produce(partition, session_id, emit)

    work = asyncio.create_task(bench.worker().fill_one(produce))
    await until_true(lambda: bench.lost)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    bench.lost = False
    yield


@pytest.mark.parametrize("forgot", [False, True])
async def test_another_worker_goes_on_behind_the_last_tile(forgot: bool) -> None:
    bench = Bench()
    await bench.announced()
    async with killed_after(bench, tiles=1):
        assert bench.spans == [(1, 3)]
        if forgot:
            bench.outbox.life, bench.outbox._last = "another", {}
        bench.clock.forward(LATER_MS / 1000)
        await bench.worker().fill_one(bench.produce)
    assert bench.spans == [(1, 3), (3, 5), (5, 7)]


async def test_two_workers_on_one_hole_make_nothing_twice() -> None:
    bench = Bench()
    await bench.announced()
    first, second = bench.worker(), bench.worker()
    filling = asyncio.create_task(first.fill_one(bench.produce))
    await until_true(lambda: bench.log.tiles)
    bench.holes.claimed.clear()  # Redis forgot
    bench.places = Places([ScriptedRecogniser()])
    await asyncio.gather(filling, second.fill_one(bench.produce))
    while bench.holes.holes:
        bench.clock.forward(LATER_MS / 1000)
        await bench.worker().fill_one(bench.produce)
    assert sorted(set(bench.spans)) == [(1, 3), (3, 5), (5, 7)]


async def test_silence_at_the_end_is_a_tile_without_text() -> None:
    bench = Bench(engine := Dictated())
    await bench.announced()
    filling = asyncio.create_task(bench.worker().fill_one(bench.produce))
    await until_true(lambda: engine.opened and engine.opened[0].finishes)
    await filling
    assert bench.spans == [(1, 7)]
    assert (bench.log.tiles[0].outcome, bench.log.tiles[0].text) == ("ok", "")
    assert engine.opened[0].fed[0][0] == SECOND
    assert engine.opened[0].fed[-1][1] == 7 * SECOND


async def test_audio_behind_the_hole_is_not_heard_again() -> None:
    bench = Bench()
    bench.hole = hole(SECOND, 7 * SECOND - FRAME // 2, at(bench.clock, 100))
    await bench.announced()
    await bench.worker().fill_one(bench.produce)
    assert bench.log.tiles[-1].until == 7 * SECOND - FRAME // 2


async def test_an_engine_that_refuses_leaves_a_failed_tile() -> None:
    bench = Bench(engine := Dictated())
    bench.clock = Running()
    engine.refuses = [EngineRefused()] * 2
    await bench.announced()
    await bench.worker().fill_one(bench.produce)
    assert bench.log.tiles[0].reason == "engine"
    assert bench.log.tiles[-1].until == 7 * SECOND
    assert bench.holes.holes == {}


@pytest.mark.parametrize(
    ("kept_s", "spans"), [(0.5, [(1, 3), (3, 5), (5, 7)]), (4, [(1, 4), (4, 6), (6, 7)]), (8, [(1, 7)])]
)
async def test_what_retention_has_cut_is_said_to_be_lost_for_that_reason(
    kept_s: float, spans: list[tuple[int, int]]
) -> None:
    bench = Bench()
    await bench.announced()
    bench.log.kept = round(kept_s * 10)
    await bench.worker().fill_one(bench.produce)
    assert bench.spans == spans
    lost = [tile for tile in bench.log.tiles if tile.outcome == "skipped"]
    assert [tile.reason for tile in lost] == ["retention"] * (kept_s > 1)
    assert bench.holes.holes == {}


async def test_holes_are_counted_as_what_became_of_them() -> None:
    counters = metrics.HOLES_FILLED, metrics.HOLES_GIVEN_UP.labels("deleted")

    async def counted(bench: Bench) -> list[float]:
        before = [counter._value.get() for counter in counters]
        await bench.worker().fill_one(bench.produce)
        assert bench.holes.holes == {}
        return [counter._value.get() - was for counter, was in zip(counters, before, strict=True)]

    filled, deleted, unannounced = Bench(), Bench(), Bench()
    await filled.announced()
    assert await counted(filled) == [1, 0]
    await deleted.announced()
    deleted.holes.gone.add(SESSION)
    assert await counted(deleted) == [0, 1]
    await unannounced.holes.keep(unannounced.hole)
    unannounced.clock.forward(UNANNOUNCED_MS / 1000)
    assert await counted(unannounced) == [0, 0]


async def test_of_a_session_that_was_deleted_meanwhile_nothing_is_made() -> None:
    bench = Bench()
    await bench.announced()
    bench.holes.gone.add(SESSION)
    await bench.worker().fill_one(bench.produce)
    assert bench.log.tiles == []
    assert bench.holes.holes == {}


async def test_a_hole_that_ends_in_an_error_again_and_again_is_given_up() -> None:
    class Broken(ScriptedRecogniser):
        async def open(self, *_: object) -> object:  # type: ignore[override]
            raise RuntimeError("unexpected")

    bench = Bench(Broken())
    await bench.announced()
    worker = bench.worker()
    for _ in range(TRIES):
        assert await worker.fill_one(bench.produce)
        assert bench.log.tiles == []
        bench.clock.forward(LATER_MS / 1000)
    await worker.fill_one(bench.produce)
    assert [(tile.outcome, tile.reason) for tile in bench.log.tiles] == [("failed", "engine")]
    assert bench.spans == [(1, 7)]


async def test_a_hole_waits_for_room_and_one_that_is_being_filled_makes_way_for_live_speech() -> None:
    engine = Dictated()
    engine.capacity = 5, 6
    bench = Bench(engine)
    await bench.announced()
    assert not await bench.worker().fill_one(bench.produce)
    engine.capacity = 4, 6
    filling = asyncio.create_task(bench.worker().fill_one(bench.produce))
    await until_true(lambda: engine.opened)
    assert await bench.places.make_way()
    await filling
    assert engine.opened[0].closed
    assert bench.holes.waiting
    assert bench.log.tiles == []


async def test_work_that_is_over_holds_no_claim() -> None:
    bench = Bench()
    await bench.announced()
    running = asyncio.create_task(bench.worker().run(bench.produce))
    await until_true(lambda: not bench.holes.holes)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await until(lambda: not bench.holes.claimed)
    assert bench.spans == [(1, 3), (3, 5), (5, 7)]


async def test_holes_that_redis_forgot_are_found_in_kafka() -> None:
    bench = Bench()
    await bench.announced()
    bench.holes.holes.clear()
    search = Search(bench.holes, bench.log, lambda: "memory", bench.clock.now, 3_600_000)
    bench.holes.searched_elsewhere = True
    await search.make_whole()
    bench.clock.forward(SETTLED_MS / 1000)
    await search.make_whole()
    assert bench.holes.holes == {}
    bench.holes.searched_elsewhere = False
    await search.make_whole()
    assert list(bench.holes.holes.values()) == [bench.hole]
    bench.holes.holes.clear()
    await search.make_whole()
    assert bench.holes.holes == {}, "Redis is known to know all of them"
    assert bench.holes.noted
    assert bench.holes.noted.life == "memory"


async def test_holes_of_audio_that_is_long_gone_are_not_looked_for() -> None:
    bench = Bench()
    await bench.announced()
    bench.holes.holes.clear()
    search = Search(bench.holes, bench.log, lambda: "memory", bench.clock.now, 50_000)
    await search.make_whole()
    bench.clock.forward(SETTLED_MS / 1000)
    await search.make_whole()
    assert bench.holes.noted
    assert bench.holes.holes == {}


def test_a_hole_has_a_name_of_its_own_in_its_session() -> None:
    assert Hole(session_id="a", partition=0, final=hole(5, 9, 0).final).name == "a:5"
