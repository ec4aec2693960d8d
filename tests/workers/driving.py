"""How tests of the workers wait, and make records: no sleeping, time is an argument."""

import asyncio
from collections.abc import Callable

from schemas.messages import Message
from workers.stage import Record

SESSION = "calm-otter-421-t"


async def until(condition: Callable[[], object]) -> None:
    """Lets the loop turn until `condition` holds. Fails after 10 s, which is never how long it takes."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # what is waited for knows of no event
            await asyncio.sleep(0)


async def everyone_waits() -> None:
    """Lets the loop turn until what can go on without time or I/O has gone on."""
    for _ in range(50):
        await asyncio.sleep(0)


def record(topic: str, offset: int, message: Message, *, partition: int = 0, session_id: str = SESSION) -> Record:
    """A record written 100 ms after the epoch's second 1."""
    return Record(topic, partition, offset, session_id, message, written_at=1_100)


class Clock:
    """Goes on when the test says so."""

    def __init__(self, ms: int = 1_000_000) -> None:
        self.ms = ms

    def now(self) -> int:
        """Unix ms."""
        return self.ms

    def seconds(self) -> float:
        """The same in seconds."""
        return self.ms / 1000

    def forward(self, seconds: float) -> None:
        """Lets time pass."""
        self.ms += round(seconds * 1000)
