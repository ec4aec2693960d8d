"""The one place that calls engines: a breaker, a timeout, one retry if the error says so, then the next engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import structlog

from workers.breaker import Breaker, Breakers
from workers.errors import EngineError, EngineGarbled, EngineRefused, EngineTimeout

log = structlog.get_logger()


class Named(Protocol):
    """Any engine."""

    name: str


E = TypeVar("E", bound=Named)
T = TypeVar("T")


@dataclass(frozen=True)
class Attempt:
    """One call that was made."""

    engine: str
    took_ms: int
    failed: bool


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came of a call."""

    value: T | None
    """None when every engine failed."""
    attempts: tuple[Attempt, ...]
    """All calls that were made, in order."""

    @property
    def engine(self) -> str:
        """Name of the engine that answered, or of the last one asked."""
        return self.attempts[-1].engine if self.attempts else ""


async def ask(
    engines: Sequence[E],
    call: Callable[[E], Awaitable[T]],
    *,
    timeout_s: float,
    now: Callable[[], int],
    retry: bool = True,
    breakers: Breakers | None = None,
    operation: str = "",
) -> Answer[T]:
    """Asks the engines in order of preference until one answers; without `retry` only the first one, once.

    An engine whose breaker for `operation` is open is passed over. Without `breakers` (replays) every call is made.
    """
    attempts: list[Attempt] = []
    for engine in engines if retry else engines[:1]:
        breaker = breakers.of(engine.name, operation) if breakers else None
        for last in (False, True) if retry else (True,):
            if breaker and not breaker.admits():
                break
            began = now()
            try:
                value = await _watched(call(engine), timeout_s, breaker)
            except EngineError as error:
                attempts.append(Attempt(engine.name, now() - began, failed=True))
                log.warning("engine.failed", engine=engine.name, error=type(error).__name__, detail=str(error))
                if last or not error.retryable:
                    break
            else:
                attempts.append(Attempt(engine.name, now() - began, failed=False))
                return Answer(value, tuple(attempts))
    return Answer(None, tuple(attempts))


async def _watched(awaitable: Awaitable[T], timeout_s: float, breaker: Breaker | None) -> T:
    """Tells the breaker what came of it.

    A garbled answer came in time, and may be the text's fault: three such finals would leave the engine alone, and fail
    good segments. Nor is it a success, which would forgive the failures around it. What garbles everything costs each
    segment two answers, no timeouts, and the next engine is asked.
    """
    if breaker is None:
        return await _in_time(awaitable, timeout_s)
    try:
        value = await _in_time(awaitable, timeout_s)
    except EngineRefused:
        breaker.succeeded()
        raise
    except EngineGarbled:
        breaker.given_up()
        raise
    except EngineError:
        breaker.failed()
        raise
    except BaseException:
        breaker.given_up()
        raise
    breaker.succeeded()
    return value


async def _in_time(awaitable: Awaitable[T], timeout_s: float) -> T:
    try:
        async with asyncio.timeout(timeout_s):
            return await awaitable
    except TimeoutError as error:
        raise EngineTimeout from error
