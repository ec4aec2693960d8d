"""Which recognisers a hole may use: live speech comes first, and never waits for one."""

import asyncio
from collections.abc import Sequence
from typing import Final

from workers.errors import AtCapacity
from workers.transcribe.capacity import capacity_of
from workers.transcribe.engine import Recogniser, Recognition

FASTEST: Final = 10.0
"""Seconds of a hole that are heard in a second at the most, where the engines know no limit."""


class NoRoomError(Exception):
    """The recognisers are needed for live speech."""


class Room:
    """Of one process. One hole at a time is filled in it."""

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        self._recognisers = recognisers
        self._filling: asyncio.Task[bool] | None = None
        self.borrowed = 0
        """Recognitions that hear a hole."""
        self.live: list[Recogniser] = [_Live(recogniser, self) for recogniser in recognisers]
        """For live speech: it takes the place of a hole when there is no other."""
        self.spare: list[Recogniser] = [_Spare(recogniser, self) for recogniser in recognisers]
        """For holes: never the last free place."""

    @property
    def capacity(self) -> tuple[int, int] | None:
        """As live sessions find it: a hole makes way."""
        found = capacity_of(self._recognisers)
        return (found[0] - self.borrowed, found[1]) if found else None

    @property
    def pace(self) -> float:
        """Seconds of a hole that may be heard in a second: what the free places could hear, all but one; 0: none."""
        capacity = self.capacity
        return FASTEST if capacity is None else max(0.0, min(FASTEST, capacity[1] - capacity[0] - 1.0))

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
    def __init__(self, recogniser: Recogniser, room: Room) -> None:
        self._recogniser, self._room = recogniser, room
        self.name, self.languages = recogniser.name, recogniser.languages

    @property
    def capacity(self) -> tuple[int, int] | None:
        return self._recogniser.capacity

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> Recognition:
        try:
            return await self._recogniser.open(session_id, language, vocabulary)
        except AtCapacity:
            if not await self._room.make_way():
                raise
            return await self._recogniser.open(session_id, language, vocabulary)

    async def start(self) -> None:
        await self._recogniser.start()

    async def close(self) -> None:
        await self._recogniser.close()


class _Spare(_Live):
    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> Recognition:
        if self._recogniser.capacity is not None and self._recogniser.capacity[1] - self._recogniser.capacity[0] < 2:
            raise NoRoomError
        try:
            recognition = await self._recogniser.open(session_id, language, vocabulary)
        except AtCapacity as error:
            raise NoRoomError from error
        return _Borrowed(recognition, self._room)


class _Borrowed:
    """A recognition, counted from its opening to its end."""

    def __init__(self, recognition: Recognition, room: Room) -> None:
        self._recognition, self._room = recognition, room
        self.feed, self.finish, self.results = recognition.feed, recognition.finish, recognition.results
        room.borrowed += 1

    async def close(self) -> None:
        self._room.borrowed -= 1
        await self._recognition.close()
