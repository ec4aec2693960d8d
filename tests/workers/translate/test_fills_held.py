"""How long a fill holds its record, and what a drain leaves of it."""

import asyncio

from schemas.messages import Translation, Wanted
from tests.workers.driving import everyone_waits
from tests.workers.texts import Room, tags
from tests.workers.translate.filled import FIRST, SECOND, bench_of, filled, given_back
from tests.workers.translate.glossed import Bench, Glossed, Remembered, ended, said, wanted
from workers.errors import EngineRefused
from workers.stage import DRAIN, Idle
from workers.translate.fills import HOLD_MS, TRIES


async def test_a_drain_stops_a_fill_at_once_and_leaves_its_record() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with bench_of(Remembered(FIRST, SECOND), engine) as bench:
        await bench.give(wanted(9))
        await bench.give(DRAIN)
        await bench.returned()
        assert (len(engine.calls), bench.settled) == (1, [])


async def test_a_drain_finishes_what_is_live_and_fills_no_more() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with bench_of(Remembered(FIRST, SECOND), engine) as bench:
        await bench.give(wanted(9))
        await bench.give(said(10, 32_000, "live"), DRAIN)
        bench.clock.forward(HOLD_MS / 1000)
        engine.slow["es"].set()
        await bench.returned()
        assert [made.text for made in bench.emitted(Translation) if not made.revised] == ["es: live"]
        assert [text for _, text in engine.calls] == ["two", "live"]
        assert (bench.settled, given_back(bench)) == ([10], [])


async def test_an_ended_session_is_filled_for_who_comes_late() -> None:
    async with bench_of(Remembered(FIRST), Glossed()) as bench:
        await bench.give(ended(8, 16_000), wanted(9))
        assert filled(bench) == [(0, "es: one")]
        assert bench.settled == [8, 9]


async def test_a_long_fill_gives_its_record_back_to_the_log_and_goes_on() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with bench_of(past := Remembered(FIRST, SECOND), engine) as bench:
        await bench.give(wanted(9, at=5_000, since=4_000))
        bench.clock.forward(HOLD_MS / 1000 - 1)
        await bench.give(Idle(0))
        assert (given_back(bench), bench.settled) == ([], [])
        bench.clock.forward(1)
        await bench.give(Idle(0))
        assert given_back(bench) == [Wanted(language="es", at=5_000, since=4_000)]
        assert bench.settled == [9]
        engine.slow["es"].set()
        await bench.give(wanted(12, at=5_000, since=4_000))
        assert filled(bench) == [(16_000, "es: two"), (0, "es: one")]
        assert (bench.settled, len(past.looks)) == ([9, 12], 2)


async def test_what_was_left_is_not_tried_again_because_its_record_came_back() -> None:
    engine = Glossed()
    engine.fails["es"] = EngineRefused()
    async with bench_of(Remembered(FIRST), engine) as bench:
        await bench.give(wanted(9))
        await bench.give(wanted(10))
        assert (len(engine.calls), bench.settled) == (TRIES, [9, 10])


async def test_a_replay_gives_nothing_back_however_long_it_takes() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 16_000, "a tile", revised=True, revision=24_000))
        bench.clock.forward(HOLD_MS / 1000)
        await bench.give(Idle(0))
        assert (given_back(bench), bench.settled) == ([], [])
        engine.slow["es"].set()
        await everyone_waits()
        assert (filled(bench), bench.settled) == ([(16_000, "es: a tile")], [1])
