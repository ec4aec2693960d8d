"""Which recognisers a hole may use: live speech comes first, and never waits for one."""

import asyncio
from collections.abc import Sequence
from typing import Final

from workers.errors import AtCapacity
from workers.transcribe.capacity import capacity_of
from workers.transcribe.engine import Recogniser, Recognition

FASTEST: Final = 10.0
"""Seconds of a hole that are heard in a second at the most, where the engines know no limit."""


class NoPlaceError(Exception):
    """The recognisers are needed for live speech."""


class Places:
    """Of one process. One hole at a time is filled in it."""

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        self._filling: asyncio.Task[bool] | None = None
        self.borrowed = 0
        """Recognitions that hear a hole."""
        self.use(recognisers)

    def use(self, recognisers: Sequence[Recogniser]) -> None:
        """From now on; what was opened goes on."""
        self._recognisers = recognisers
        self.live: list[Recogniser] = [_Live(recogniser, self) for recogniser in recognisers]
        """For live speech: it takes the place of a hole when there is no other."""
        self.spare: list[Recogniser] = [
            _Spare(recogniser, self, recognisers[place + 1 :]) for place, recogniser in enumerate(recognisers)
        ]
        """For holes: never the last free place while anybody speaks."""

    @property
    def capacity(self) -> tuple[int, int] | None:
        """As live sessions find it: a hole makes way."""
        found = capacity_of(self._recognisers)
        return (found[0] - self.borrowed, found[1]) if found else None

    @property
    def pace(self) -> float:
        """Seconds of a hole that may be heard in a second: what the free places could hear, all but one; 0: none.

        Where nobody speaks the only place is enough: whoever begins to is given it.
        """
        if (capacity := self.capacity) is None:
            return FASTEST
        taken, most = capacity
        return min(FASTEST, max(most - taken - 1.0, 0.0 if taken else min(1.0, most)))

    async def hold(self, work: "asyncio.Task[bool]") -> None:
        """Waits until `work`, which hears a hole, is over; live speech may cancel it."""
        self._filling = work
        try:
            await asyncio.wait({work})
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            self._filling = None

    async def make_way(self) -> bool:
        """Ends the filling; False when there is none."""
        work = self._filling
        if work is None or work.done():
            return False
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return True


class _Live:
    def __init__(self, recogniser: Recogniser, places: Places) -> None:
        self._recogniser, self._places = recogniser, places
        self.name, self.languages = recogniser.name, recogniser.languages

    @property
    def capacity(self) -> tuple[int, int] | None:
        return self._recogniser.capacity

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> Recognition:
        try:
            return await self._recogniser.open(session_id, language, vocabulary)
        except AtCapacity:
            if not await self._places.make_way():
                raise
            return await self._recogniser.open(session_id, language, vocabulary)

    async def start(self) -> None:
        await self._recogniser.start()

    async def close(self) -> None:
        await self._recogniser.close()


class _Spare(_Live):
    def __init__(self, recogniser: Recogniser, places: Places, behind: Sequence[Recogniser]) -> None:
        """`behind`: what the stage asks when this one has no place."""
        super().__init__(recogniser, places)
        self._behind = behind

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> Recognition:
        if self._places.pace <= 0:
            raise NoPlaceError
        try:
            recognition = await self._recogniser.open(session_id, language, vocabulary)
        except AtCapacity as error:
            if any(_has_place(recogniser, language) for recogniser in self._behind):
                raise
            raise NoPlaceError from error
        return _Borrowed(recognition, self._places)


def _has_place(recogniser: Recogniser, language: str) -> bool:
    capacity = recogniser.capacity
    understands = recogniser.languages & {language, language.split("-")[0], "*"}
    return bool(understands) and (capacity is None or capacity[0] < capacity[1])


class _Borrowed:
    """A recognition, counted from its opening to its end."""

    def __init__(self, recognition: Recognition, places: Places) -> None:
        self._recognition, self._places = recognition, places
        self.feed, self.finish, self.results = recognition.feed, recognition.finish, recognition.results
        places.borrowed += 1

    async def close(self) -> None:
        self._places.borrowed -= 1
        await self._recognition.close()
