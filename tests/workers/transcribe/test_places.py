"""Live speech comes first: what holes may use of the recognisers, and how they make way."""

import asyncio

import pytest

from tests.workers.transcribe.dictated import Dictated, DictatedRecognition
from workers.errors import AtCapacity
from workers.transcribe.engine import Recognition
from workers.transcribe.places import FASTEST, NoPlaceError, Places


class Small(Dictated):
    """Counts who is in."""

    def __init__(self, most: int, language: str = "*") -> None:
        super().__init__(language=language)
        self._most = most

    @property
    def capacity(self) -> tuple[int, int]:  # type: ignore[override]
        return sum(not recognition.closed for recognition in self.opened), self._most

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> DictatedRecognition:
        if self.capacity[0] >= self._most:
            raise AtCapacity
        return await super().open(session_id, language, vocabulary)


async def opened(places: Places, *, live: bool) -> Recognition:
    (engine,) = places.live if live else places.spare
    return await engine.open("session", "en", ())


async def test_a_hole_never_takes_the_last_free_place_and_is_not_counted_to_the_gateways() -> None:
    places = Places([Small(3)])
    await opened(places, live=True)
    assert (places.capacity, places.pace) == ((1, 3), 1)
    hole = await opened(places, live=False)
    assert (places.capacity, places.pace) == ((1, 3), 1)
    await hole.close()
    await opened(places, live=True)
    assert (places.capacity, places.pace) == ((2, 3), 0)
    with pytest.raises(NoPlaceError):
        await opened(places, live=False)


async def test_live_speech_takes_the_place_of_a_hole_and_only_then_is_refused() -> None:
    places = Places([Small(2)])
    assert places.pace == 1
    hole = await opened(places, live=False)

    async def fill() -> bool:
        try:
            await asyncio.Event().wait()
        finally:
            await hole.close()
        return True

    work = asyncio.create_task(fill())
    holding = asyncio.create_task(places.hold(work))
    await asyncio.sleep(0)
    await opened(places, live=True)
    assert not work.done()
    await opened(places, live=True)
    assert work.cancelled()
    await holding
    assert (places.borrowed, places.capacity) == (0, (2, 2))
    with pytest.raises(AtCapacity):
        await opened(places, live=True)


def test_engines_that_hear_as_many_as_come_have_room() -> None:
    places = Places([Dictated()])
    assert (places.capacity, places.pace) == (None, FASTEST)


async def test_where_nobody_speaks_a_hole_takes_the_only_place() -> None:
    places = Places([Small(1)])
    assert places.pace == 1
    hole = await opened(places, live=False)
    assert places.pace == 1
    await hole.close()
    await opened(places, live=True)
    assert places.pace == 0
    with pytest.raises(NoPlaceError):
        await opened(places, live=False)


async def test_a_hole_is_heard_by_the_next_engine_of_a_chain_when_the_first_has_no_place() -> None:
    places = Places([Small(1), Small(1), Small(2)])
    first, second, third = places.spare
    await places.live[0].open("session", "en", ())
    await places.live[1].open("session", "en", ())
    for full in (first, second):
        with pytest.raises(AtCapacity):
            await full.open("session", "en", ())
    await third.open("session", "en", ())
    assert (places.borrowed, places.capacity, places.pace) == (1, (2, 4), 1)


async def test_a_hole_waits_where_the_engines_behind_do_not_understand_it() -> None:
    places = Places([Small(1), Small(6, "pt")])
    await places.live[0].open("session", "en", ())
    assert places.pace == 5
    with pytest.raises(NoPlaceError):
        await places.spare[0].open("session", "en", ())
