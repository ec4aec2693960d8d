"""The one place that calls engines: a breaker, a timeout, one retry if the error says so, then the next engine.

An input whose engine's process ended is tried more often: until it is proven that the input did it, or others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import structlog

from workers.breaker import Breaker, Breakers
from workers.endings import Tries
from workers.errors import (
    EngineEnded,
    EngineError,
    EngineGarbled,
    EngineKilled,
    EngineRefused,
    EngineThrottled,
    EngineTimeout,
)

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
class CallResult(Generic[T]):
    """What came of a call."""

    value: T | None
    """None when every engine failed."""
    attempts: tuple[Attempt, ...]
    """All calls that were made, in order."""
    gave_up: str = ""
    """Why the input goes to the dead letters; empty: it does not."""

    @property
    def engine(self) -> str:
        """Name of the engine that answered, or of the last one asked."""
        return self.attempts[-1].engine if self.attempts else ""


async def ask(
    engines: Sequence[E],
    call: Callable[[E], Awaitable[T]],
    *,
    timeout_s: float | None,
    now: Callable[[], int],
    retry: bool = True,
    breakers: Breakers | None = None,
    operation: str = "",
) -> CallResult[T]:
    """Asks the engines in order of preference until one answers; without `retry` only the first one, once.

    `timeout_s`: of each call; None: the engine keeps to one of its own, which begins when the call's turn has come.
    An engine whose breaker for `operation` is open is passed over. Without `breakers` (replays) every call is made.
    """
    attempts: list[Attempt] = []
    gave_up = ""
    for engine in engines if retry else engines[:1]:
        breaker = breakers.of(engine.name, operation) if breakers else None
        tries = Tries()
        while not tries.over and (breaker is None or breaker.admits()):
            began = now()
            try:
                value = await _in_time(call(engine), timeout_s)
            except EngineError as error:
                attempts.append(Attempt(engine.name, now() - began, failed=True))
                log.warning("engine.failed", engine=engine.name, error=type(error).__name__, detail=str(error))
                tries.count(error)
                _tell(breaker, error, tries)
                if not retry:
                    break
            except BaseException:
                if breaker:
                    breaker.given_up()
                raise
            else:
                attempts.append(Attempt(engine.name, now() - began, failed=False))
                if breaker:
                    breaker.succeeded()
                return CallResult(value, tuple(attempts))
        gave_up = gave_up or tries.gave_up
    return CallResult(None, tuple(attempts), gave_up)


def _tell(breaker: Breaker | None, error: EngineError, tries: Tries) -> None:
    """Tells the breaker what came of a call.

    A garbled answer came in time, and may be the text's fault: three such finals would leave the engine alone, and fail
    good segments. Nor is it a success, which would forgive the failures around it. What garbles everything costs each
    segment two answers, no timeouts, and the next engine is asked. A process that ended counts once, when it is given
    up: it may have been one text's fault, or somebody else's. An engine that is asked too often works.
    """
    if breaker is None:
        return
    match error:
        case EngineRefused():
            breaker.succeeded()
        case EngineGarbled() | EngineThrottled():
            breaker.given_up()
        case EngineEnded() | EngineKilled() if not tries.over:
            breaker.given_up()
        case _:
            breaker.failed()


async def _in_time(awaitable: Awaitable[T], timeout_s: float | None) -> T:
    try:
        async with asyncio.timeout(timeout_s):
            return await awaitable
    except TimeoutError as error:
        raise EngineTimeout from error
