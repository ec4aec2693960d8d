"""Takes up models that come, and lets go those that went, while the process runs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar, runtime_checkable

import structlog

from dragoman.runtime.errors import DragomanError
from workers.errors import EngineUnavailable
from workers.starting import Engine

log = structlog.get_logger(__name__)

EVERY_S: Final = 1.0
E = TypeVar("E", bound=Engine)


@runtime_checkable
class Renewable(Protocol):
    """An engine whose models may come and go."""

    async def look(self) -> bool:
        """Looks which models are there; True if that is not as it was."""


class TakingUp(Generic[E]):
    """Of one process."""

    def __init__(
        self,
        engines: Sequence[E],
        working: list[E],
        folder: Path,
        changed: Callable[[], Awaitable[None]],
        every_s: float = EVERY_S,
    ) -> None:
        """`working`, of `engines` and in their order, is kept up to date; `folder`: of all models; `changed` is called
        when there is something else to be told."""
        self._engines, self._working, self._folder = engines, working, folder
        self._changed, self._every_s = changed, every_s
        self._seen = _stamp(folder)

    async def run(self, _: object) -> None:
        """Looks until it is cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            await self.look()

    async def look(self) -> None:
        """Does nothing as long as nothing came into the folder, or went."""
        seen = _stamp(self._folder)
        if seen == self._seen:
            return
        self._seen = seen  # before the looks: what comes meanwhile is seen the next time
        try:
            await self._take_up()
        except (OSError, DragomanError) as error:  # a folder or list that cannot be read now
            self._seen = 0  # it is tried again
            log.warning("models.not_taken_up", error=str(error))

    async def _take_up(self) -> None:
        renewed = [engine.name for engine in self._engines if isinstance(engine, Renewable) and await engine.look()]
        if renewed:
            log.info("models.taken_up", engines=renewed)
            waiting = [each for each in self._engines if each.name in renewed and each not in self._working]
            came = [engine for engine in waiting if await _starts(engine)]
            # others may have come meanwhile
            self._working[:] = [each for each in self._engines if each in self._working or each in came]
            await self._changed()


async def _starts(engine: Engine) -> bool:
    try:
        await engine.start()
    except EngineUnavailable as error:
        log.warning("engine.unavailable", engine=engine.name, detail=str(error))
        return False
    return True


def _stamp(folder: Path) -> int:
    """Changes when a model appears or goes: both are renames in the folder."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
