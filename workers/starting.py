"""A stage's engines are started, and the stage does without those that are not there."""

from collections.abc import Container, Sequence
from typing import Protocol, TypeVar

import structlog

from workers.errors import EngineUnavailable

log = structlog.get_logger(__name__)


class Engine(Protocol):
    """An engine."""

    name: str

    async def start(self) -> None:
        """Proves that it works. Raises EngineUnavailable."""

    async def close(self) -> None:
        """Ends everything that it started."""


E = TypeVar("E", bound=Engine)


async def start_all(engines: Sequence[E], needed: Container[str] = ()) -> list[E]:
    """Those that work: with what is not there the others do without. Raises EngineUnavailable if none works, and for
    one of the names that are `needed`."""
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
            log.warning("engine.unavailable", engine=engine.name, detail=str(error))
        else:
            working.append(engine)
    if not working:
        raise EngineUnavailable("; ".join(errors))
    return working
