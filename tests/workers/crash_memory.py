"""Crashes of a stage for tests: what Redis would keep, in one process that can be asked to have crashed."""

import asyncio
from collections.abc import Iterable

from workers.crashes import Place, guilty


class MemoryCrashes:
    """`away` makes every call fail; `mute`, those that write fail when they have written."""

    def __init__(self, counts: dict[Place, int] | None = None) -> None:
        self.crashed = dict(counts or {})
        self.working: set[Place] = set()
        self.away = False
        self.mute = False
        self.calls = 0
        self.gate = asyncio.Event()
        """While it is not set, nothing is written."""
        self.gate.set()
        self.answer = asyncio.Event()
        """While it is not set, what is written is not answered."""
        self.answer.set()

    async def count_former(self) -> list[Place]:
        self._call()
        places, self.working = sorted(self.working), set()
        self._count(guilty(places, self.crashed))
        return places

    async def counts(self) -> dict[Place, int]:
        self._call()
        return dict(self.crashed)

    async def work_on(self, begun: Iterable[Place], done: Iterable[Place]) -> None:
        self._call()
        await self.gate.wait()
        self.working = (self.working | set(begun)) - set(done)
        await self.answer.wait()
        if self.mute:
            raise TimeoutError

    async def blame(self, places: Iterable[Place]) -> None:
        self._call()
        self.working = set()
        self._count(places)

    async def clear(self, place: Place) -> None:
        self._call()
        self.crashed.pop(place, None)

    async def forget(self) -> None:
        self._call()
        self.working = set()

    async def close(self) -> None:
        self._call()

    def _count(self, places: Iterable[Place]) -> None:
        for place in places:
            self.crashed[place] = self.crashed.get(place, 0) + 1

    def _call(self) -> None:
        self.calls += 1
        if self.away:
            raise ConnectionError("away")
