"""How tests of the workers wait, and make records: no sleeping, time is an argument."""

import asyncio
from collections.abc import AsyncIterator, Callable
from inspect import isawaitable
from typing import Self, TypeVar

from schemas.messages import Message
from workers.stage import Bury, Emit, Inbound, Outbound, Record, Settle

M = TypeVar("M", bound=Message)
Stage = Callable[[AsyncIterator[Inbound]], AsyncIterator[Outbound]]

SESSION = "calm-otter-421-t"


async def until(condition: Callable[[], object]) -> None:
    """Lets the loop turn until `condition` holds. Fails after 60 s, which is never how long it takes."""
    async with asyncio.timeout(60):
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


class Driven:
    """A stage that runs beside the test: what is given to it, and all that it yielded."""

    def __init__(self, stage: Stage) -> None:
        self.outbound: list[Outbound] = []
        self.deliver = asyncio.Event()
        """While it is not set, what is awaited is not delivered."""
        self.deliver.set()
        self._stage = stage
        self._given: asyncio.Queue[Inbound] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def give(self, *items: Inbound) -> None:
        """Gives what arrives, and waits until nothing goes on without more. Raises what the stage raised."""
        for item in items:
            self._given.put_nowait(item)
        if self.deliver.is_set():
            await until(lambda: self._given.empty() or self._task.done())
        await everyone_waits()
        if self._task.done():
            self._task.result()

    async def returned(self) -> None:
        """Waits until the stage returns. Raises what the stage raised."""
        async with asyncio.timeout(60):
            await self._task

    @property
    def running(self) -> bool:
        """The stage has not returned."""
        return not self._task.done()

    def emitted(self, kind: type[M]) -> list[M]:
        """Messages of one kind."""
        return [item.message for item in self.outbound if isinstance(item, Emit) and isinstance(item.message, kind)]

    @property
    def settled(self) -> list[int]:
        """Offsets."""
        return [item.record.offset for item in self.outbound if isinstance(item, Settle)]

    @property
    def buried(self) -> list[tuple[int, str]]:
        """Offsets and reasons."""
        return [(item.record.offset, item.reason) for item in self.outbound if isinstance(item, Bury)]

    async def _run(self) -> None:
        generator = self._stage(self._read())
        try:
            async for item in generator:
                self.outbound.append(item)
                if isinstance(item, Emit) and item.awaited:
                    await self.deliver.wait()
        finally:
            await generator.aclose()  # type: ignore[attr-defined]  # stages are async generators

    async def _read(self) -> AsyncIterator[Inbound]:
        while True:
            yield await self._given.get()


async def until_true(condition: Callable[[], object], timeout_s: float = 120) -> None:
    """Asks again and again until `condition`, which may be a coroutine function, holds: for other processes."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = condition()
            if isawaitable(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)
