"""When the speaker is told what is durable."""

import asyncio

from gateway.speaking.acknowledgement import Acknowledgement


async def test_the_first_is_told_at_once_and_the_last_soon() -> None:
    told: list[int] = []
    everything = asyncio.Event()

    def tell(position: int) -> None:
        told.append(position)
        if position == 300:
            everything.set()

    acknowledgement = Acknowledgement(0, tell)
    for position in (100, 200, 300):
        acknowledgement.durable(position)
    assert told == [100]
    await asyncio.wait_for(everything.wait(), 60)
    assert told == [100, 300]


async def test_nothing_is_told_twice() -> None:
    told: list[int] = []
    acknowledgement = Acknowledgement(100, told.append)
    acknowledgement.durable(100)
    acknowledgement.durable(50, now=True)
    assert told == []


async def test_the_end_waits_for_nothing() -> None:
    told: list[int] = []
    acknowledgement = Acknowledgement(0, told.append)
    acknowledgement.durable(100)
    acknowledgement.durable(200, now=True)
    assert told == [100, 200]
