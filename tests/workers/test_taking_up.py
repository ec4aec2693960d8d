"""Models that come while a process runs are taken up without a restart."""

import asyncio
from pathlib import Path

from dragoman.runtime.errors import DragomanError
from tests.processes import until
from workers.errors import EngineUnavailable
from workers.taking_up import TakingUp


class Fixed:
    """Has no models."""

    name = "fixed"

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class Growing(Fixed):
    """Works with a model."""

    name = "growing"

    def __init__(self, folder: Path) -> None:
        self._folder, self._had, self.broken = folder, False, False

    async def start(self) -> None:
        if not self._had:
            raise EngineUnavailable("no model")

    async def look(self) -> bool:
        if self.broken:
            raise DragomanError("the list of models cannot be read")
        before, self._had = self._had, (self._folder / "model").exists()
        return before != self._had


async def test_an_engine_starts_when_its_first_model_comes_and_all_is_told(tmp_path: Path) -> None:
    engines = [Growing(tmp_path), Fixed()]
    working, told = engines[1:], list[list[str]]()

    async def tell() -> None:
        told.append([engine.name for engine in working])

    running = asyncio.create_task(TakingUp(engines, working, tmp_path, tell, 0.001).run(None))
    (tmp_path / "something else").mkdir()
    (tmp_path / "model").mkdir()
    await until(lambda: told)
    assert told == [["growing", "fixed"]], "in the order of preference"
    engines[0].broken = True  # type: ignore[attr-defined]
    (tmp_path / "another").mkdir()
    await asyncio.sleep(0.05)
    engines[0].broken = False  # type: ignore[attr-defined]
    (tmp_path / "model").rmdir()
    await until(lambda: len(told) == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_nobody_looks_while_nothing_comes(tmp_path: Path) -> None:
    engine = Growing(tmp_path)
    engine.broken = True
    taking_up = TakingUp([engine], [], tmp_path, lambda: asyncio.sleep(0))
    await taking_up.look()  # would raise
    taking_up = TakingUp([engine], [], tmp_path / "away", lambda: asyncio.sleep(0))
    await taking_up.look()
