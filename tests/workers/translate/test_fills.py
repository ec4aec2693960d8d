"""What was missed is translated in the background: newest first, after live speech, once."""

import asyncio

import pytest

from schemas.messages import Outcome, Reason, Translation, Usage
from tests.workers.driving import everyone_waits, until
from tests.workers.texts import Room, tags, transcript
from tests.workers.translate.filled import FIRST, SECOND, THIRD, bench_of, filled, unread
from tests.workers.translate.glossed import Glossed, Remembered, said, wanted
from workers import metrics
from workers.translate.fills import Turns


async def test_who_comes_back_gets_what_was_skipped_newest_first() -> None:
    past = Remembered(FIRST, SECOND, THIRD, *map(unread, (0, 16_000, 32_000)))
    async with bench_of(past, Glossed()) as bench:
        await bench.give(wanted(9))
        assert filled(bench) == [(32_000, "es: three"), (16_000, "es: two"), (0, "es: one")]
        assert bench.settled == [9]


async def test_a_fill_is_the_same_segment_in_a_higher_revision_with_its_times() -> None:
    async with bench_of(Remembered(SECOND, unread(16_000)), Glossed()) as bench:
        await bench.give(wanted(9))
        (made,) = bench.emitted(Translation)
        for field in ("segment", "until", "start", "end", "spoken_at", "ingested_at", "transcribed_at"):
            assert getattr(made, field) == getattr(SECOND, field)
        assert (made.revision, made.revised, made.final) == (SECOND.revision + 1, True, True)
        assert (made.outcome, made.source_text, made.engine) == ("ok", "two", "glossed")
        (usage,) = bench.emitted(Usage)
        assert (usage.revised, usage.outcome, usage.characters, usage.target_language) == (True, "ok", 3, "es")


async def test_the_usage_of_live_speech_is_not_that_of_a_fill() -> None:
    async with bench_of(Remembered(), Glossed()) as bench:
        await bench.give(said(1, 0))
        assert [usage.revised for usage in bench.emitted(Usage)] == [False]


async def test_a_language_first_asked_for_late_has_everything_translated() -> None:
    past = Remembered(FIRST, transcript(16_000, ""), transcript(32_000, "", outcome="skipped", reason="jump"))
    async with bench_of(past, engine := Glossed()) as bench:
        await bench.give(wanted(9))
        made = [(each.segment, each.text, each.outcome, each.reason) for each in bench.emitted(Translation)]
        assert made == [(32_000, "", "skipped", "jump"), (16_000, "", "ok", ""), (0, "es: one", "ok", "")]
        assert engine.calls == [("es", "one")]


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("ok", ""), ("failed", "engine"), ("skipped", "jump")],
)
async def test_what_is_there_or_missing_for_another_reason_is_left_alone(outcome: Outcome, reason: Reason) -> None:
    past = Remembered(FIRST, unread(0, outcome, reason), SECOND, unread(16_000))
    async with bench_of(past, Glossed()) as bench:
        await bench.give(wanted(9))
        assert filled(bench) == [(16_000, "es: two")]


async def test_what_was_filled_before_is_not_filled_again() -> None:
    past = Remembered(FIRST, unread(0), unread(0, "ok", "", 16_001), SECOND, unread(16_000))
    async with bench_of(past, engine := Glossed()) as bench:
        await bench.give(wanted(9))
        await bench.give(wanted(10, at=2_000_000))
        assert engine.calls == [("es", "two")]
        assert bench.settled == [9, 10]


async def test_tiles_of_a_hole_are_filled_in_its_place() -> None:
    hole = transcript(0, "", until=48_000, revision=48_000, outcome="skipped", reason="jump")
    told = unread(0, "skipped", "jump", 48_000)
    tiles = [
        transcript(segment, f"from {segment}", until=segment + 24_000, revision=48_000 + 24_000, revised=True)
        for segment in (0, 24_000)
    ]
    async with bench_of(Remembered(hole, told, *tiles), Glossed()) as bench:
        await bench.give(wanted(9))
        assert filled(bench) == [(24_000, "es: from 24000"), (0, "es: from 0")]
        assert {made.revision for made in bench.emitted(Translation)} == {72_000}


async def test_only_the_newest_are_filled() -> None:
    async with bench_of(Remembered(FIRST, SECOND, THIRD, most=2), Glossed()) as bench:
        await bench.give(wanted(9))
        assert filled(bench) == [(32_000, "es: three"), (16_000, "es: two")]


async def test_live_speech_goes_first() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with bench_of(Remembered(FIRST, SECOND), engine) as bench:
        await bench.give(said(1, 32_000, "live"), wanted(9), said(10, 48_000, "more"))
        assert engine.calls == [("es", "live")]
        engine.slow["es"].set()
        await everyone_waits()
        assert [text for _, text in engine.calls] == ["live", "more", "two", "one"]
        assert bench.settled == [1, 10, 9]


async def test_live_speech_that_comes_during_a_fill_waits_for_no_more_of_it() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with bench_of(Remembered(FIRST, SECOND), engine) as bench:
        await bench.give(wanted(9))
        await bench.give(said(10, 32_000, "live"))
        assert [text for _, text in engine.calls] == ["two", "live"]
        engine.slow["es"].set()
        await everyone_waits()
        assert [text for _, text in engine.calls] == ["two", "live", "one"]


async def test_a_fill_that_has_its_turn_only_when_somebody_speaks_again_lets_it_go() -> None:
    turns, engine, room = Turns(most=1), Glossed(), Room(reading=tags("es"))
    engine.slow["es"] = asyncio.Event()
    other = bench_of(Remembered(FIRST), engine, room=room, turns=turns)
    async with bench_of(Remembered(SECOND), busy := Glossed(), room=room, turns=turns) as bench, other:
        await other.give(wanted(9))
        await bench.give(wanted(9))
        busy.slow["es"] = asyncio.Event()
        await bench.give(said(10, 32_000, "live"))
        engine.slow["es"].set()
        await everyone_waits()
        looks = room.looks
        await everyone_waits()
        assert (busy.calls, room.looks, other.settled) == ([("es", "live")], looks, [9])
        busy.slow["es"].set()
        await everyone_waits()
        assert (filled(bench), bench.settled) == ([(16_000, "es: two")], [10, 9])


async def test_what_is_translated_live_just_now_is_not_missing() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    async with bench_of(Remembered(FIRST), engine) as bench:
        await bench.give(said(1, 0, "one"), wanted(2))
        engine.slow["es"].set()
        await everyone_waits()
        assert engine.calls == [("es", "one")]
        assert bench.settled == [1, 2]


async def test_what_lies_behind_the_record_that_asked_is_live() -> None:
    past, engine = Remembered(FIRST), Glossed()
    past.add(SECOND, offset=10)
    async with bench_of(past, engine) as bench:
        await bench.give(wanted(9), said(10, 16_000, "two"))
        assert filled(bench) == [(0, "es: one")]
        assert sorted(engine.calls) == [("es", "one"), ("es", "two")]


async def test_what_the_log_does_not_show_yet_is_not_made_again() -> None:
    past, engine = Remembered(FIRST), Glossed()
    async with bench_of(past, engine) as bench:
        past.bench = None
        await bench.give(wanted(9))
        await bench.give(wanted(10, at=2_000_000))
        assert (engine.calls, bench.settled) == ([("es", "one")], [9, 10])


async def test_what_was_skipped_live_just_before_is_filled_too() -> None:
    room = Room(known=tags("es", "ca"))
    async with bench_of(past := Remembered(), Glossed(), room=room) as bench:
        past.add(FIRST)
        bench.deliver.clear()
        await bench.give(said(1, 0, "one"))
        room.now_is(reading=tags("es"), known=tags("es", "ca"))
        await bench.give(wanted(2))
        assert past.looks == []  # the hole is not delivered
        bench.deliver.set()
        await everyone_waits()
        assert past.looks == [("es", 1_000)]
        assert filled(bench) == [(0, "es: one")]
        assert bench.settled == [1, 2]


async def test_a_fill_stops_when_nobody_wants_it_and_begins_again_when_somebody_does() -> None:
    engine, room = Glossed(), Room(reading=tags("es"))
    engine.slow["es"] = asyncio.Event()
    async with bench_of(Remembered(FIRST, SECOND, THIRD), engine, room=room) as bench:
        await bench.give(wanted(9))
        room.now_is(known=tags("es"))
        engine.slow["es"].set()
        await everyone_waits()
        assert filled(bench) == [(32_000, "es: three")]
        assert bench.settled == [9]
        room.now_is(reading=tags("es"))
        await bench.give(wanted(10, at=2_000_000))
        assert [segment for segment, _ in filled(bench)] == [32_000, 16_000, 0]
        assert bench.settled == [9, 10]


async def test_a_fill_goes_on_while_nobody_can_tell_who_listens() -> None:
    async with bench_of(Remembered(FIRST), Glossed(), room=Room(certain=False)) as bench:
        await bench.give(wanted(9))
        assert filled(bench) == [(0, "es: one")]


async def test_languages_are_filled_each_for_itself() -> None:
    engine, room = Glossed(), Room(reading=tags("es", "ca"))
    engine.slow["ca"] = asyncio.Event()
    async with bench_of(Remembered(FIRST, SECOND), engine, room=room) as bench:
        await bench.give(wanted(9, "ca"), wanted(10, "es"))
        assert [made.language for made in bench.emitted(Translation)] == ["es", "es"]
        assert bench.settled == [10]
        engine.slow["ca"].set()
        await everyone_waits()
        assert bench.settled == [10, 9]


async def test_a_process_fills_little_at_once_and_each_language_by_turns() -> None:
    turns, engine = Turns(most=2), Glossed()
    engine.slow |= {language: asyncio.Event() for language in ("es", "ca", "gl")}
    room = Room(reading=tags("es", "ca", "gl"))
    one = bench_of(Remembered(FIRST), engine, room=room, turns=turns)
    other = bench_of(Remembered(SECOND), engine, room=room, turns=turns)
    async with one, other:
        await one.give(wanted(9, "es"))
        await other.give(wanted(9, "es"))
        assert engine.calls == [("es", "one")]
        await one.give(wanted(10, "ca"), wanted(11, "gl"))
        assert engine.calls == [("es", "one"), ("ca", "one")]
        for slow in engine.slow.values():
            slow.set()
        await until(lambda: len(engine.calls) == 4)
        await everyone_waits()
        assert (sorted(one.settled), other.settled) == ([9, 10, 11], [9])


async def test_nothing_is_settled_before_its_last_fill_is_delivered() -> None:
    async with bench_of(Remembered(FIRST), Glossed()) as bench:
        bench.deliver.clear()
        await bench.give(wanted(9))
        assert filled(bench) == [(0, "es: one")]
        assert bench.settled == []
        bench.deliver.set()
        await everyone_waits()
        assert bench.settled == [9]


async def test_what_waits_to_be_filled_is_counted() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    waiting = metrics.FILLS_WAITING
    before = waiting._value.get()
    async with bench_of(Remembered(FIRST, SECOND), engine) as bench:
        await bench.give(wanted(9))
        assert waiting._value.get() == before + 2
    assert waiting._value.get() == before
