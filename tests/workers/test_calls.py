"""One place retries: what the error allows, on the same engine once, then the next engine."""

import asyncio
from collections.abc import Callable

from workers.calls import Attempt, ask
from workers.errors import EngineCrashed, EngineError, EngineRefused


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
