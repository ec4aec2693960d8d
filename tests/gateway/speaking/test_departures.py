"""Who comes alone goes at once; who comes soon after others goes with those who follow."""

import asyncio

from dragoman.runtime.rhythm import Rhythm
from gateway.speaking.departures import Departures


async def test_who_comes_alone_does_not_wait() -> None:
    departures = Departures(Rhythm(every_s=60, at_once=1))
    async with asyncio.timeout(30):
        await departures.turn()


async def test_who_comes_soon_after_goes_together_and_so_does_who_comes_after_them() -> None:
    departures = Departures(Rhythm(every_s=0.05, at_once=1))
    gone: list[str] = []

    async def go(name: str) -> None:
        await departures.turn()
        gone.append(name)

    await go("first")
    waiting = [asyncio.create_task(go(name)) for name in "abc"]
    await asyncio.sleep(0)
    assert gone == ["first"]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0)
    assert gone == ["first", "a", "b", "c"]
    later = asyncio.create_task(go("later"))
    await asyncio.sleep(0)
    assert "later" not in gone
    await later


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    departures = Departures(Rhythm(every_s=0.05, at_once=1))
    await departures.turn()
    impatient, patient = asyncio.create_task(departures.turn()), asyncio.create_task(departures.turn())
    await asyncio.sleep(0)
    impatient.cancel()
    async with asyncio.timeout(30):
        await patient
