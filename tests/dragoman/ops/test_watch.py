"""Looks at Redis and Kafka, for ever."""

import asyncio
from typing import Any

from dragoman.ops.watch import watch_redis
from tests.dragoman.ops.test_board import board


async def test_whatever_redis_says_the_look_at_it_goes_on() -> None:
    asked = asyncio.Event()

    class Strange:
        async def zrange(self, *_: Any) -> list[Any]:
            asked.set()
            return [object()]

    seen = board()
    watching = asyncio.create_task(watch_redis(Strange(), seen))
    await asked.wait()
    await asyncio.sleep(0)
    assert not watching.done()
    assert seen.told().away["redis"] == "What Redis holds cannot be shown (AttributeError)."
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
