"""The one place that calls engines: a timeout, one retry if the error says so, then the next engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import structlog

from workers.errors import EngineError, EngineTimeout

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
) -> Answer[T]:
    """Asks the engines in order of preference until one answers; without `retry` only the first one, once."""
    attempts: list[Attempt] = []
    for engine in engines if retry else engines[:1]:
        for last in (False, True) if retry else (True,):
            began = now()
            try:
                value = await _in_time(call(engine), timeout_s)
            except EngineError as error:
                attempts.append(Attempt(engine.name, now() - began, failed=True))
                log.warning("engine.failed", engine=engine.name, error=type(error).__name__, detail=str(error))
                if last or not error.retryable:
                    break
            else:
                attempts.append(Attempt(engine.name, now() - began, failed=False))
                return Answer(value, tuple(attempts))
    return Answer(None, tuple(attempts))


async def _in_time(awaitable: Awaitable[T], timeout_s: float) -> T:
    try:
        async with asyncio.timeout(timeout_s):
            return await awaitable
    except TimeoutError as error:
        raise EngineTimeout from error
