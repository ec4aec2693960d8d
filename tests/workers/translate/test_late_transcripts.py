"""Transcripts that come long after their words are translated as fills are."""

import asyncio

from schemas.messages import Transcript, Translation
from tests.workers.driving import everyone_waits
from tests.workers.texts import Room, tags, transcript
from tests.workers.translate.filled import FIRST, REVISED, bench_of, buried, filled, given_back, unread
from tests.workers.translate.glossed import Glossed, Remembered, said, wanted
from workers.errors import EngineEnded
from workers.stage import Idle
from workers.translate.fills import HOLD_MS


async def test_a_transcript_that_comes_late_and_ends_engines_is_buried() -> None:
    engine = Glossed()
    engine.fails["es"] = EngineEnded("(SIGSEGV)")
    async with bench_of(Remembered(FIRST), engine) as bench:
        late = said(1, 16_000, "a tile", revised=True, revision=24_000)
        await bench.give(late)
        (made,) = bench.emitted(Translation)
        assert (made.revision, made.outcome, made.reason) == (24_000, "failed", "engine")
        assert [item.record for item in buried(bench)] == [late]
        assert bench.settled == [1]


async def test_a_transcript_that_comes_late_is_translated_where_it_is_wanted() -> None:
    room = Room(reading=tags("es"), known=tags("es", "ca"))
    async with bench_of(Remembered(), Glossed(), room=room) as bench:
        await bench.give(said(1, 16_000, "a tile", revised=True, revision=24_000))
        (made,) = bench.emitted(Translation)
        assert (made.language, made.text, made.revised, made.revision) == ("es", "es: a tile", True, 24_000)
        assert bench.settled == [1]


async def test_a_transcript_that_comes_late_waits_for_live_speech_and_is_settled_when_all_have_it() -> None:
    engine, room = Glossed(), Room(reading=tags("es", "ca"))
    engine.slow["ca"] = asyncio.Event()
    async with bench_of(Remembered(), engine, room=room) as bench:
        await bench.give(said(1, 32_000, "live"), said(2, 0, "old", revised=True))
        assert sorted(engine.calls) == [("ca", "live"), ("es", "live")]
        engine.slow["ca"].set()
        await everyone_waits()
        assert sorted(filled(bench)) == [(0, "ca: old"), (0, "es: old")]
        assert bench.settled == [1, 2]


async def test_a_transcript_that_comes_late_where_nobody_listens_is_found_when_somebody_does() -> None:
    room = Room(known=tags("es"))
    past = Remembered(transcript(16_000, "", outcome="skipped", reason="jump"), unread(16_000, "skipped", "jump"))
    async with bench_of(past, Glossed(), room=room) as bench:
        await bench.give(said(1, 16_000, "a tile", revised=True, revision=24_000))
        assert (bench.emitted(Translation), bench.settled) == ([], [1])
        past.add(REVISED)
        room.now_is(reading=tags("es"))
        await bench.give(wanted(9))
        assert filled(bench) == [(16_000, "es: a tile")]


async def test_a_late_transcript_that_is_not_done_for_long_is_found_by_who_comes_after() -> None:
    engine = Glossed()
    engine.slow["es"] = asyncio.Event()
    late: Transcript = transcript(16_000, "a tile", revised=True, revision=24_000)
    async with bench_of(Remembered(late), engine) as bench:
        given = said(1, 16_000, "a tile", revised=True, revision=24_000)
        await bench.give(given)
        bench.clock.forward(HOLD_MS / 1000)
        await bench.give(Idle(0))
        (back,) = given_back(bench)
        assert (back.language, back.at, back.since) == ("es", bench.clock.ms, given.written_at)
        assert bench.settled == [1]
    async with bench_of(Remembered(late), Glossed()) as successor:
        await successor.give(wanted(2, at=back.at, since=back.since))
        assert filled(successor) == [(16_000, "es: a tile")]
