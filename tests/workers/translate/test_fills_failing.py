"""What a fill does with texts and engines that fail."""

from schemas.messages import Translation, Usage
from tests.workers.driving import Clock, until
from tests.workers.texts import transcript
from tests.workers.translate.filled import FIRST, bench_of, buried, filled, unread
from tests.workers.translate.glossed import Glossed, Remembered, said, wanted
from workers import metrics
from workers.breaker import FAILURES, REST_S, Breakers
from workers.endings import ENDS
from workers.errors import EngineCrashed, EngineEnded, EngineRefused
from workers.stage import Idle
from workers.translate.fills import TRIES


async def test_what_an_engine_refuses_stays_as_it_is_and_is_tried_when_asked_for_again() -> None:
    engine = Glossed()
    engine.fails["es"] = EngineRefused()
    before = metrics.FILLS.labels("failed")._value.get()
    async with bench_of(Remembered(FIRST, unread(0)), engine) as bench:
        await bench.give(wanted(9))
        assert bench.emitted(Translation) == []
        assert [(usage.outcome, usage.revised) for usage in bench.emitted(Usage)] == [("failed", True)] * TRIES
        assert bench.settled == [9]
        assert metrics.FILLS.labels("failed")._value.get() == before + 1
        engine.fails.clear()
        await bench.give(wanted(10, at=2_000_000))
        assert filled(bench) == [(0, "es: one")]


async def test_a_language_that_no_engine_reaches_stays_empty() -> None:
    async with bench_of(Remembered(FIRST), Glossed("catalan", "ca")) as bench:
        await bench.give(wanted(9))
        assert (bench.emitted(Translation), bench.settled) == ([], [9])


async def test_an_engine_that_is_down_costs_no_segment() -> None:
    engine, clock = Glossed(), Clock()
    engine.fails["es"] = EngineCrashed()
    past = Remembered(*(transcript(number * 16_000, str(number)) for number in range(20)))
    async with bench_of(past, engine, breakers=Breakers(clock.seconds)) as bench:
        await bench.give(wanted(9))
        assert len(engine.calls) == FAILURES
        await bench.give(Idle(0), Idle(0))
        assert len(engine.calls) == FAILURES
        assert bench.settled == []
        engine.fails.clear()
        clock.forward(REST_S)
        await bench.give(Idle(0))
        await until(lambda: bench.settled == [9])
        assert sorted(filled(bench)) == [(number * 16_000, f"es: {number}") for number in range(20)]


async def test_waiting_for_an_engine_that_is_down_is_no_try() -> None:
    class RefusesOnce(Glossed):
        refused = False

        async def translate(self, text: str, source: str, target: str) -> str:
            made = await super().translate(text, source, target)
            if text == "0" and not self.refused:
                self.refused = True
                raise EngineRefused
            return made

    engine, clock = RefusesOnce(), Clock()
    engine.fails["es"] = EngineCrashed()
    past = Remembered(*(transcript(number * 16_000, str(number)) for number in range(4)))
    async with bench_of(past, engine, breakers=Breakers(clock.seconds)) as bench:
        await bench.give(wanted(9))
        for _ in range(4 * TRIES):
            await bench.give(Idle(0))
        assert len(engine.calls) == FAILURES
        engine.fails.clear()
        clock.forward(REST_S)
        await bench.give(Idle(0))
        await until(lambda: bench.settled == [9])
        assert sorted(filled(bench)) == [(number * 16_000, f"es: {number}") for number in range(4)]


async def test_a_text_that_ends_engines_is_given_up_for_good() -> None:
    engine = Glossed()
    engine.fails["es"] = EngineEnded("(SIGSEGV)")
    async with bench_of(past := Remembered(FIRST, unread(0)), engine) as bench:
        await bench.give(wanted(9))
        (made,) = bench.emitted(Translation)
        assert (made.revised, made.revision, made.outcome, made.reason) == (True, 16_001, "failed", "engine")
        assert (len(engine.calls), len(bench.emitted(Usage))) == (ENDS, ENDS)
        assert buried(bench) == []
        past.add(made)
        await bench.give(wanted(10, at=2_000_000))
        assert (len(engine.calls), bench.settled) == (ENDS, [9, 10])


async def test_old_texts_that_fail_close_no_live_one_s_way() -> None:
    engine, clock = Glossed(), Clock()
    engine.fails["es"] = EngineCrashed()
    past = Remembered(*(transcript(number * 16_000, str(number)) for number in range(20)))
    async with bench_of(past, engine, breakers=Breakers(clock.seconds)) as bench:
        await bench.give(wanted(9))
        engine.fails.clear()
        await bench.give(said(10, 20 * 16_000, "live"))
        assert bench.texts("es") == ["es: live"]
