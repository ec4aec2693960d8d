"""Partials are translated where someone wants them, as far as they will stay."""

import asyncio

from schemas.messages import Translation
from tests.workers.driving import everyone_waits
from tests.workers.texts import Room, tags
from tests.workers.translate.glossed import Bench, Glossed, said
from workers.errors import EngineCrashed, EngineEnded
from workers.stage import PARTIAL_LIVES_MS, Emit
from workers.translate.stage import PARTIALS_MS


async def test_partials_are_translated_only_where_someone_wants_them_and_nothing_waits_for_them() -> None:
    engine = Glossed()
    async with Bench(Room(reading=tags("es", "ca"), partial=tags("es")), engine) as bench:
        bench.deliver.clear()
        await bench.give(said(1, 0, "hel", final=False))
        assert engine.calls == [("es", "hel")]
        (made,) = bench.emitted(Translation)
        assert not made.final
        assert not any(item.awaited for item in bench.outbound if isinstance(item, Emit))
        assert bench.settled == [1]


async def test_out_of_a_backlog_finals_alone_are_translated_and_nobody_is_asked_about_the_rest() -> None:
    engine, room = Glossed(), Room(reading=tags("es"), partial=tags("es"))
    async with Bench(room, engine) as bench:
        bench.clock.ms += PARTIAL_LIVES_MS
        await bench.give(said(1, 0, "a", final=False))
        looks = room.looks
        bench.clock.ms += PARTIALS_MS
        await bench.give(*(said(2 + number, 0, f"a {number}", final=False) for number in range(9)))
        assert room.looks == looks
        await bench.give(said(11, 0, "a b"))
        assert engine.calls == [("es", "a"), ("es", "a b")]
        assert bench.settled == list(range(1, 12))


async def test_of_a_partial_only_what_will_stay_is_translated_and_the_same_only_once() -> None:
    engine = Glossed()
    async with Bench(Room(reading=tags("es"), partial=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "good morn", final=False, stable_chars=0))
        await bench.give(said(2, 0, "good morning to", final=False, stable_chars=5))
        bench.clock.ms += PARTIALS_MS
        await bench.give(said(3, 0, "good morning two", final=False, stable_chars=5))
        assert engine.calls == [("es", "good")]
        (made,) = bench.emitted(Translation)
        assert (made.text, made.source_text) == ("es: good", "good")
        assert bench.settled == [1, 2, 3]


async def test_partials_of_a_language_come_once_a_second_at_most_and_finals_at_once() -> None:
    engine = Glossed()
    async with Bench(Room(reading=tags("es"), partial=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "a", final=False))
        bench.clock.ms += PARTIALS_MS - 1
        await bench.give(said(2, 0, "a b", final=False))
        assert engine.calls == [("es", "a")]
        await bench.give(said(3, 0, "a b c"))
        bench.clock.ms += 1
        await bench.give(said(4, 16_000, "d", final=False))
        assert engine.calls == [("es", "a"), ("es", "a b c"), ("es", "d")]


async def test_a_partial_that_comes_while_the_language_is_busy_is_left_out() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with Bench(Room(reading=tags("es"), partial=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "a", final=False), said(2, 0, "a b", final=False), said(3, 0, "a b c"))
        assert bench.settled == [1, 2]
        engine.slow["es"].set()
        await everyone_waits()
        assert bench.texts("es") == ["es: a", "es: a b c"]
        assert bench.settled == [1, 2, 3]


async def test_a_failed_partial_is_neither_tried_again_nor_announced() -> None:
    first, second = Glossed("first"), Glossed("second")
    first.fails["es"] = EngineCrashed()
    async with Bench(Room(reading=tags("es"), partial=tags("es")), first, second) as bench:
        await bench.give(said(1, 0, "hel", final=False))
        assert (len(first.calls), len(second.calls)) == (1, 0)
        assert bench.emitted(Translation) == []


async def test_an_engine_for_finals_only_gets_no_partials() -> None:
    engine = Glossed(partials=False)
    room = Room(reading=tags("es"), partial=tags("es"))
    async with Bench(room, engine) as bench:
        await bench.give(said(1, 0, "hel", final=False))
        assert engine.calls == []
        assert room.looks == 0
        assert bench.settled == [1]


async def test_what_two_partials_agree_on_is_stable() -> None:
    async with Bench(Room(reading=tags("es"), partial=tags("es")), Glossed()) as bench:
        await bench.give(said(1, 0, "good morn", final=False))
        bench.clock.ms += PARTIALS_MS
        await bench.give(said(2, 0, "good morning to", final=False))
        await bench.give(said(3, 0, "good morning to you"))
        bench.clock.ms += PARTIALS_MS
        await bench.give(said(4, 16_000, "good", final=False))
        assert [made.stable_chars for made in bench.emitted(Translation)] == [
            0,
            len("es: good"),
            len("es: good morning to you"),
            0,
        ]


async def test_of_a_segment_with_a_partial_that_ended_a_process_no_more_partials_are_tried() -> None:
    """Each would end it again, and others wait for the same process."""
    engine = Glossed()
    engine.fails["es"] = EngineEnded()
    async with Bench(Room(reading=tags("es"), partial=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "a", final=False))
        bench.clock.ms += PARTIALS_MS
        await bench.give(said(2, 0, "a b", final=False))
        assert engine.calls == [("es", "a")]
        engine.fails.clear()
        await bench.give(said(3, 0, "a b c"))
        bench.clock.ms += PARTIALS_MS
        await bench.give(said(4, 16_000, "d", final=False))
        assert engine.calls[1:] == [("es", "a b c"), ("es", "d")]
