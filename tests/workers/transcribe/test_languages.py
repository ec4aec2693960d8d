"""A session whose language is to be found out, or changes: nothing of it is lost or heard in the wrong language."""

from dataclasses import replace

from schemas.messages import End
from tests.workers.driving import everyone_waits
from tests.workers.transcribe.dictated import Dictated, frames, heard, marker
from tests.workers.transcribe.test_stage import Bench
from workers.errors import EngineCrashed
from workers.outbox import MemoryOutbox
from workers.stage import Poisoned
from workers.transcribe.engine import Hypothesis

ENGLISH = frames(0, 16_000)
SPANISH = frames(16_000, 32_000, language="es", since=16_000)


def found(until: int, language: str, *, start: int = 0, certain: bool = True) -> Hypothesis:
    return replace(heard(until, start=start), language=language, certain=certain)


def languages(bench: Bench) -> list[tuple[str, bool]]:
    return [(final.language, final.detected) for final in bench.finals]


async def test_transcripts_bear_the_language_that_was_found_out() -> None:
    engine = Dictated(language="auto")
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 32_000, language="auto"))
        engine.opened[0].say(replace(found(4_000, "pt"), final=False, certain=False))
        engine.opened[0].say(found(8_000, "pt", certain=False), found(16_000, "es", start=8_000))
        engine.opened[0].say(heard(32_000, start=16_000))
        await bench.give(marker(30, "end", 32_000, "auto"))
        assert engine.asked == ["auto"]
        assert languages(bench) == [("pt", False), ("es", True), ("es", True)]
        assert [end.language for end in bench.emitted(End)] == ["es"]


async def test_an_engine_that_cannot_find_out_is_not_asked_to() -> None:
    engine, able = Dictated("deaf", language="en"), Dictated(language="auto")
    async with Bench(engine, able) as bench:
        await bench.give(*frames(0, 16_000, language="auto"))
        await everyone_waits()
    assert (engine.asked, able.asked) == ([], ["auto"])


async def test_a_successor_hears_in_the_language_that_was_found_out() -> None:
    outbox, engine = MemoryOutbox(), Dictated(language="*")
    async with Bench(engine, outbox=outbox) as bench:
        await bench.give(*frames(0, 16_000, language="auto"))
        engine.opened[0].say(found(16_000, "es"))
        await bench.give(*frames(16_000, 24_000, language="auto"))
    async with Bench(engine, outbox=outbox) as bench:
        await bench.give(*frames(16_000, 32_000, language="auto"))
        assert engine.asked == ["auto", "es"]
        engine.opened[1].say(heard(32_000, start=16_000))
        await everyone_waits()
        assert languages(bench) == [("es", True)]


async def test_a_successor_that_can_hear_nothing_hands_the_language_on() -> None:
    outbox, engine = MemoryOutbox(), Dictated(language="*")
    async with Bench(engine, outbox=outbox) as bench:
        await bench.give(*frames(0, 16_000, language="auto"))
        engine.opened[0].say(found(16_000, "es"))
        await everyone_waits()
    async with Bench(Dictated(language="fr"), outbox=outbox) as bench:
        await bench.give(*frames(16_000, 32_000, language="auto"))
        assert {final.outcome for final in bench.finals} == {"failed"}
        assert set(languages(bench)) == {("es", True)}


async def test_a_successor_that_may_not_listen_hands_the_language_on() -> None:
    outbox, engine = MemoryOutbox(), Dictated(language="*")
    async with Bench(engine, outbox=outbox) as bench:
        await bench.give(*frames(0, 16_000, language="auto"))
        engine.opened[0].say(found(16_000, "es"))
        await everyone_waits()
    async with Bench(engine, outbox=outbox) as bench:
        await bench.give(Poisoned(tuple(frames(16_000, 32_000, language="auto"))))
        assert {final.outcome for final in bench.finals} == {"failed"}
        assert languages(bench) == [("es", True)]


async def test_a_hole_before_anything_was_found_out_has_no_language() -> None:
    engine = Dictated(language="auto")
    engine.refuses = [EngineCrashed(), EngineCrashed(), EngineCrashed()]
    async with Bench(engine) as bench:
        await bench.give(*frames(0, 16_000, language="auto"))
        assert set(languages(bench)) == {("und", False)}


async def test_another_language_begins_a_segment_and_a_recognition_of_its_own() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*ENGLISH)
        first = engine.opened[0]
        first.mute_finish = True
        await bench.give(*SPANISH)
        assert (first.finishes, engine.asked) == (1, ["en"])
        first.mute_finish = False
        first.say(heard(16_000))
        await first.finish()
        await everyone_waits()
        assert first.closed
        assert engine.asked == ["en", "es"]
        assert first.fed[-1][1] == engine.opened[1].fed[0][0] == 16_000
        assert engine.opened[1].fed[-1][1] == 32_000
        engine.opened[1].say(heard(32_000, start=16_000))
        await bench.give(marker(30, "end", 32_000, "es"))
        assert bench.spans == [(0, 16_000), (16_000, 32_000)]
        assert languages(bench) == [("en", False), ("es", False)]
        assert [end.language for end in bench.emitted(End)] == ["es"]
        assert sorted(bench.settled) == [*range(20), 30]


async def test_an_engine_that_fails_at_the_border_hears_both_sides_again_each_in_its_language() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*ENGLISH)
        engine.opened[0].mute_finish = True
        await bench.give(*SPANISH)
        engine.opened[0].say(EngineCrashed())
        await everyone_waits()
        assert engine.asked == ["en", "en", "es"]
        assert engine.opened[1].fed[-1][1] == engine.opened[2].fed[0][0] == 16_000


async def test_a_successor_that_finds_both_languages_crosses_the_border_again() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*ENGLISH, *SPANISH, marker(30, "end", 32_000, "es"))
        await everyone_waits()
        assert engine.asked == ["en", "es"]
        assert [recognition.fed[-1][1] for recognition in engine.opened] == [16_000, 32_000]
        assert [end.language for end in bench.emitted(End)] == ["es"]


async def test_an_engine_that_is_silent_at_the_border_is_given_up() -> None:
    engine = Dictated()
    async with Bench(engine) as bench:
        await bench.give(*ENGLISH)
        engine.opened[0].mute_finish = True
        await bench.give(*SPANISH[:5])
        bench.clock.ms += 60_000
        await bench.give(*SPANISH[5:])
        assert engine.asked[:2] == ["en", "en"]
        assert engine.opened[0].closed
