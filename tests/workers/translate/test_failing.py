"""What becomes of a text that an engine fails at, refuses or cannot reach."""

import asyncio

import pytest

from schemas.messages import Translation, Usage
from tests.workers.driving import Clock, until
from tests.workers.texts import Room, tags
from tests.workers.translate.glossed import Bench, Glossed, said
from workers.breaker import FAILURES, REST_S, Breakers
from workers.errors import EngineCrashed, EngineEnded, EngineRefused


async def test_a_failure_is_announced_in_its_place_and_the_next_is_translated() -> None:
    engine = Glossed()
    engine.fails["es"] = EngineCrashed()
    async with Bench(Room(reading=tags("es", "ca")), engine) as bench:
        await bench.give(said(1, 0, "one"))
        engine.fails.clear()
        await bench.give(said(2, 16_000, "two"))
        spanish = [made for made in bench.emitted(Translation) if made.language == "es"]
        assert [(made.segment, made.outcome, made.reason, made.text) for made in spanish] == [
            (0, "failed", "engine", ""),
            (16_000, "ok", "", "es: two"),
        ]
        assert bench.texts("ca") == ["ca: one", "ca: two"]
        assert bench.settled == [1, 2]
        failed = [usage for usage in bench.emitted(Usage) if usage.outcome == "failed"]
        assert [(usage.engine, usage.reason, usage.characters) for usage in failed] == [("glossed", "engine", 3)] * 2


async def test_the_next_engine_of_the_chain_translates_what_the_first_refused() -> None:
    first, second = Glossed("first"), Glossed("second")
    first.fails["es"] = EngineRefused()
    async with Bench(Room(reading=tags("es")), first, second) as bench:
        await bench.give(said(1, 0))
        assert [made.engine for made in bench.emitted(Translation)] == ["second"]
        assert [(usage.engine, usage.outcome) for usage in bench.emitted(Usage)] == [
            ("first", "failed"),
            ("second", "ok"),
        ]


async def test_an_engine_that_cannot_reach_the_language_is_not_asked() -> None:
    first, second = Glossed("first", "ca"), Glossed("second", "es")
    async with Bench(Room(reading=tags("es")), first, second) as bench:
        await bench.give(said(1, 0))
        assert first.calls == []
        assert bench.texts("es") == ["es: hello"]


async def test_a_language_that_no_engine_reaches_is_announced_and_in_the_usage() -> None:
    async with Bench(Room(reading=tags("es")), Glossed("catalan", "ca")) as bench:
        await bench.give(said(1, 0))
        assert [(made.outcome, made.reason) for made in bench.emitted(Translation)] == [("failed", "engine")]
        (usage,) = bench.emitted(Usage)
        assert (usage.engine, usage.outcome, usage.reason) == ("", "failed", "engine")
        assert bench.settled == [1]


async def test_what_is_said_while_a_model_is_fetched_is_left_to_be_filled() -> None:
    """Gaps takes what nobody read for missing, and nothing else."""
    catalan = Glossed("catalan", "ca")
    async with Bench(Room(reading=tags("es", "ca")), catalan, coming=lambda *pair: pair == ("en", "es")) as bench:
        await bench.give(said(1, 0))
        outcomes = {made.language: (made.outcome, made.reason) for made in bench.emitted(Translation)}
        assert outcomes == {"ca": ("ok", ""), "es": ("skipped", "no-audience")}
        assert bench.settled == [1]


class Babbling(Glossed):
    """Answers anything, until it is well."""

    answer: object = ""
    well = False

    async def translate(self, text: str, source: str, target: str) -> str:
        right = await super().translate(text, source, target)
        return right if self.well else self.answer  # type: ignore[return-value]  # that is the point


@pytest.mark.parametrize("answer", ["", " \n", None, b"hola", 7, "la " * 10_000, "half a \ud83d"])
async def test_an_answer_that_is_none_is_announced_and_the_next_is_translated(answer: object) -> None:
    engine = Babbling()
    engine.answer = answer
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 0, "one"))
        engine.well = True
        await bench.give(said(2, 16_000, "two"))
        assert [(made.outcome, made.reason, made.text) for made in bench.emitted(Translation)] == [
            ("failed", "engine", ""),
            ("ok", "", "es: two"),
        ]
        assert [usage.outcome for usage in bench.emitted(Usage)] == ["failed", "failed", "ok"]
        assert bench.settled == [1, 2]


async def test_no_words_are_a_sensible_answer_to_none() -> None:
    async with Bench(Room(reading=tags("es")), Babbling()) as bench:
        await bench.give(said(1, 0, "…"))
        assert [(made.outcome, made.text) for made in bench.emitted(Translation)] == [("ok", "")]


async def test_a_language_that_hangs_is_left_alone_after_some_segments_and_delays_no_other() -> None:
    engine = Glossed()
    engine.slow["ca"] = asyncio.Event()
    clock = Clock()
    bench = Bench(Room(reading=tags("es", "ca")), engine, timeout_s=0.001, breakers=Breakers(clock.seconds))
    async with bench:
        for number in range(FAILURES):
            await bench.give(said(number, number * 16_000, str(number)))
        await until(lambda: len(bench.settled) == FAILURES)
        assert bench.texts("es") == [f"es: {number}" for number in range(FAILURES)]
        assert len([call for call in engine.calls if call[0] == "ca"]) == FAILURES
        assert {made.outcome for made in bench.emitted(Translation) if made.language == "ca"} == {"failed"}

        engine.slow.clear()
        clock.forward(REST_S)
        await bench.give(said(9, 9 * 16_000, "nine"))
        assert bench.texts("ca")[-1] == "ca: nine"


async def test_a_text_that_ends_the_engines_process_three_times_is_buried_and_announced_as_failed() -> None:
    engine = Glossed()
    engine.fails["es"] = EngineEnded("(SIGSEGV)")
    async with Bench(Room(reading=tags("es", "ca")), engine) as bench:
        await bench.give(said(1, 0))
        assert bench.texts("ca") == ["ca: hello"]
        (hole,) = [each for each in bench.emitted(Translation) if each.language == "es"]
        assert (hole.outcome, hole.reason, hole.text) == ("failed", "engine", "")
        assert bench.buried == [(1, "ended its engine's process 3 times (SIGSEGV)")]
        assert bench.settled == [1]
        assert engine.calls.count(("es", "hello")) == 3


async def test_what_fails_without_ending_a_process_is_not_buried() -> None:
    engine = Glossed()
    engine.fails["es"] = EngineCrashed()
    async with Bench(Room(reading=tags("es")), engine) as bench:
        await bench.give(said(1, 0))
        assert (bench.buried, bench.settled) == ([], [1])
