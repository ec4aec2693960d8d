"""A stage's engines are started, and the stage does without those that are not there."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import Final, Generic, Protocol, TypeVar

import structlog

from workers.errors import EngineAway, EngineError, EngineUnavailable

log = structlog.get_logger(__name__)

AGAIN_S: Final = 60.0


class Engine(Protocol):
    """An engine."""

    name: str

    async def start(self) -> None:
        """Proves that it works. Raises EngineUnavailable."""

    async def close(self) -> None:
        """Ends everything that it started."""


E = TypeVar("E", bound=Engine)


async def start_all(engines: Sequence[E], needed: Container[str] = (), away: "Away[E] | None" = None) -> list[E]:
    """Those that work: with what is not there the others do without. `away` gets what may be there later. Raises
    EngineUnavailable if none works, and for one of the names that are `needed`."""
    working, errors = [], []
    for engine in engines:
        try:
            await engine.start()
        except EngineUnavailable as error:
            if engine.name in needed:
                raise EngineUnavailable(
                    f"{engine.name}, which the settings name for a language: {error.args[0]}"
                ) from error
            errors.append(str(error))
            if away and isinstance(error, EngineAway):
                away.await_return(engine)
            log.warning("engine.unavailable", engine=engine.name, detail=str(error))
        else:
            working.append(engine)
    if not working:
        raise EngineUnavailable("; ".join(errors))
    return working


class Away(Generic[E]):
    """Engines elsewhere that could not be reached at the start: they are tried again, and join when they are there."""

    def __init__(self, joins: Callable[[E], Awaitable[None]], every_s: float = AGAIN_S) -> None:
        """`joins` takes one that works now; they are tried every `every_s` seconds."""
        self._joins, self._every_s = joins, every_s
        self._waiting: dict[E, asyncio.Task[None]] = {}

    def await_return(self, engine: E) -> None:
        """From now on."""
        self._waiting[engine] = asyncio.create_task(self._try(engine))

    async def close(self) -> None:
        """They are tried no more."""
        for task in self._waiting.values():
            task.cancel()
        await asyncio.gather(*self._waiting.values(), return_exceptions=True)

    async def _try(self, engine: E) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await engine.start()
            except EngineError as error:
                log.info("engine.still_away", engine=engine.name, detail=str(error))
            else:
                log.info("engine.returned", engine=engine.name)
                await self._joins(engine)
                return


def in_order(working: Sequence[E], engine: E, asked: Sequence[E]) -> list[E]:
    """Those that work and one more, in the order of `asked`."""
    return [each for each in asked if each is engine or each in working]
