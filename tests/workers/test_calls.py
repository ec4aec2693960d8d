"""One place retries: what the error allows, on the same engine once, then the next engine."""

import asyncio
from collections.abc import Callable

from tests.workers.driving import Clock, until
from workers.breaker import FAILURES, REST_S, Breakers
from workers.calls import Attempt, CallResult, ask
from workers.errors import (
    EngineCrashed,
    EngineEnded,
    EngineError,
    EngineGarbled,
    EngineKilled,
    EngineRefused,
    EngineThrottled,
)


class Engine:
    """Answers from a script: an error is raised, `None` hangs, a text is the answer."""

    def __init__(self, name: str, *script: str | EngineError | None) -> None:
        self.name = name
        self.script = list(script)

    async def answer(self) -> str:
        step = self.script.pop(0)
        if step is None:
            await asyncio.Event().wait()
        if isinstance(step, EngineError):
            raise step
        assert step is not None
        return step


def ticking(step: int = 10) -> Callable[[], int]:
    """A clock that goes on by `step` ms at each look."""
    times = iter(range(0, 10_000, step))
    return lambda: next(times)


async def test_the_first_engine_answers_and_no_other_is_asked() -> None:
    second = Engine("second")
    answer = await ask([Engine("first", "hola"), second], Engine.answer, timeout_s=60, now=ticking())
    assert answer.value == "hola"
    assert answer.engine == "first"
    assert answer.attempts == (Attempt("first", 10, failed=False),)


async def test_an_error_that_may_pass_is_tried_once_more_on_the_same_engine() -> None:
    answer = await ask([Engine("first", EngineCrashed(), "hola")], Engine.answer, timeout_s=60, now=ticking())
    assert answer.value == "hola"
    assert [attempt.failed for attempt in answer.attempts] == [True, False]


async def test_a_refusal_goes_to_the_next_engine_at_once() -> None:
    engines = [Engine("first", EngineRefused(), "never asked"), Engine("second", "hola")]
    answer = await ask(engines, Engine.answer, timeout_s=60, now=ticking())
    assert (answer.value, answer.engine) == ("hola", "second")
    assert [(attempt.engine, attempt.failed) for attempt in answer.attempts] == [("first", True), ("second", False)]


async def test_an_engine_that_hangs_is_left_after_its_time() -> None:
    engines = [Engine("first", None, None), Engine("second", "hola")]
    answer = await ask(engines, Engine.answer, timeout_s=0.001, now=ticking())
    assert answer.value == "hola"
    assert [attempt.engine for attempt in answer.attempts] == ["first", "first", "second"]


async def test_without_any_answer_every_attempt_is_told() -> None:
    engines = [Engine("first", EngineCrashed(), EngineCrashed()), Engine("second", EngineRefused())]
    answer = await ask(engines, Engine.answer, timeout_s=60, now=ticking())
    assert answer.value is None
    assert [attempt.engine for attempt in answer.attempts] == ["first", "first", "second"]
    assert all(attempt.failed for attempt in answer.attempts)


async def test_no_engine_is_no_answer() -> None:
    answer = await ask([], Engine.answer, timeout_s=60, now=ticking())
    assert (answer.value, answer.engine, answer.attempts) == (None, "", ())


async def test_what_is_not_urgent_enough_to_try_again_is_asked_once() -> None:
    engines = [Engine("first", EngineCrashed(), "never asked"), Engine("second", "never asked")]
    answer = await ask(engines, Engine.answer, timeout_s=60, now=ticking(), retry=False)
    assert answer.value is None
    assert [attempt.engine for attempt in answer.attempts] == ["first"]


def breakers_with(clock: Clock, **engines: int) -> Breakers:
    """Breakers that have seen so many failures of the engines."""
    breakers = Breakers(clock.seconds)
    for name, failures in engines.items():
        for _ in range(failures):
            breakers.of(name, "speak").failed()
    return breakers


async def test_an_engine_that_goes_on_failing_is_passed_over_and_asked_again_after_a_rest() -> None:
    clock = Clock()
    breakers = breakers_with(clock, first=FAILURES)
    first, second = Engine("first", "hola"), Engine("second", "adiós")
    answer = await speak([first, second], breakers)
    assert (answer.value, [attempt.engine for attempt in answer.attempts]) == ("adiós", ["second"])
    clock.forward(REST_S)
    assert (await speak([first, second], breakers)).value == "hola"


async def test_the_call_that_opens_the_breaker_is_the_last_one_on_that_engine() -> None:
    breakers = breakers_with(Clock(), first=FAILURES - 1)
    answer = await speak([Engine("first", EngineCrashed(), "never asked"), Engine("second", "hola")], breakers)
    assert [attempt.engine for attempt in answer.attempts] == ["first", "second"]


async def test_when_every_engine_is_left_alone_there_is_no_answer_and_no_attempt() -> None:
    answer = await speak([Engine("first", "never asked")], breakers_with(Clock(), first=FAILURES))
    assert (answer.value, answer.attempts) == (None, ())


async def test_a_timeout_counts_and_a_refusal_does_not() -> None:
    breakers = breakers_with(Clock(), first=FAILURES - 1, second=FAILURES - 1)
    await speak([Engine("first", EngineRefused())], breakers)
    assert breakers.of("first", "speak").state == "closed"
    await speak([Engine("second", None)], breakers, timeout_s=0.001)
    assert breakers.of("second", "speak").state == "open"


async def test_garbled_answers_leave_no_engine_alone() -> None:
    breakers = Breakers(Clock().seconds)
    for _ in range(FAILURES):
        await speak([Engine("first", EngineGarbled(), EngineGarbled())], breakers)
    assert (await speak([Engine("first", "hola")], breakers)).value == "hola"


async def test_an_engine_that_is_asked_too_often_is_not_left_alone_and_the_next_one_is_asked() -> None:
    breakers = breakers_with(Clock(), first=FAILURES - 1)
    engines = [Engine("first", *(EngineThrottled() for _ in range(3))), Engine("second", "a", "b", "c")]
    for _ in range(3):
        answer = await ask(engines, Engine.answer, timeout_s=60, now=ticking(), breakers=breakers, operation="speak")
        assert [attempt.engine for attempt in answer.attempts] == ["first", "second"]


async def test_a_garbled_answer_forgives_no_failures() -> None:
    breakers = breakers_with(Clock(), first=FAILURES - 1)
    await speak([Engine("first", EngineGarbled(), EngineCrashed())], breakers)
    assert breakers.of("first", "speak").state == "open"


async def test_after_a_rest_a_garbled_answer_decides_nothing_and_the_next_call_does() -> None:
    clock = Clock()
    breakers = breakers_with(clock, first=FAILURES)
    clock.forward(REST_S)
    assert (await speak([Engine("first", EngineGarbled(), "hola")], breakers)).value == "hola"
    assert breakers.of("first", "speak").state == "closed"


async def test_a_cancelled_call_says_nothing_of_the_engine() -> None:
    breakers = breakers_with(Clock(), first=FAILURES - 1)
    engine = Engine("first", None)
    asking = asyncio.create_task(speak([engine], breakers))
    await until(lambda: not engine.script)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert breakers.of("first", "speak").state == "closed"


async def speak(engines: list[Engine], breakers: Breakers, timeout_s: float = 60) -> CallResult[str]:
    return await ask(engines, Engine.answer, timeout_s=timeout_s, now=ticking(), breakers=breakers, operation="speak")


async def test_an_input_that_ends_the_engines_process_three_times_is_given_up_for_good() -> None:
    engine = Engine("first", *[EngineEnded("(SIGSEGV)")] * 3, "never asked")
    answer = await ask([engine], Engine.answer, timeout_s=60, now=ticking())
    assert (answer.value, len(answer.attempts)) == (None, 3)
    assert answer.gave_up == "ended its engine's process 3 times (SIGSEGV)"


async def test_an_input_that_one_engine_cannot_survive_and_another_can_is_not_given_up() -> None:
    engines = [Engine("first", *[EngineEnded()] * 3), Engine("second", "hola")]
    answer = await ask(engines, Engine.answer, timeout_s=60, now=ticking())
    assert (answer.value, answer.gave_up) == ("hola", "")


async def test_a_process_that_was_ended_from_outside_costs_no_try() -> None:
    engine = Engine("first", *[EngineKilled("(SIGKILL)")] * 9, "hola")
    answer = await ask([engine], Engine.answer, timeout_s=60, now=ticking())
    assert (answer.value, answer.gave_up) == ("hola", "")


async def test_what_ends_from_outside_again_and_again_has_failed_and_is_not_given_up() -> None:
    engine = Engine("first", *[EngineKilled()] * 10, "never asked")
    answer = await ask([engine], Engine.answer, timeout_s=60, now=ticking())
    assert (answer.value, answer.gave_up) == (None, "")


async def test_a_text_that_ends_processes_counts_for_the_breaker_once() -> None:
    """Others find the engine well; one whose process always ends is left alone like any other that fails."""
    breakers = Breakers(Clock().seconds)
    for _ in range(FAILURES - 1):
        await speak([Engine("first", *[EngineEnded()] * 3)], breakers)
    assert breakers.of("first", "speak").state == "closed"
    await speak([Engine("first", *[EngineEnded()] * 3)], breakers)
    assert breakers.of("first", "speak").state == "open"
