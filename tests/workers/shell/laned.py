"""Lanes with a stage and records, without a broker."""

import asyncio
from collections.abc import AsyncIterator

from schemas.messages import End
from tests.workers.driving import Clock, record
from workers.shell.lanes import Lanes
from workers.stage import Emit, Inbound, Outbound, Record, Settle, Stage

TOPIC = "transcripts"
MESSAGE = End(position=0, language="en", ended_at=0)


def read(offset: int, partition: int = 0) -> Record:
    return record(TOPIC, offset, MESSAGE, partition=partition)


async def settle_each(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
    """Settles what comes; returns when told to drain."""
    async for item in inbound:
        if isinstance(item, Record):
            yield Settle(item)


class Bench:
    """Lanes around a stage, with all that they did."""

    def __init__(
        self,
        stage: Stage,
        *,
        idle_s: float = 1_000,
        reap_s: float = 30,
        segments: bool = False,
    ) -> None:
        self.clock = Clock()
        self.acked: list[object] = []
        self.produced: list[tuple[int, str, Emit]] = []
        self.fatal: list[BaseException] = []
        self.failed: list[BaseException] = []
        self.buried: list[int] = []
        self.reasons: list[str] = []
        self.delivered = asyncio.Event()
        self.delivered.set()
        self.lanes = Lanes(
            stage,
            self._produce,
            ack=self.acked.append,
            bury=self.bury,
            segments=segments,
            failed=self.failed.append,
            fatal=self.fatal.append,
            now=self.clock.now,
            clock=self.clock.seconds,
            idle_s=idle_s,
            reap_s=reap_s,
            again_s=0,
        )

    async def _produce(self, partition: int, session_id: str, emit: Emit) -> None:
        await self.delivered.wait()
        self.produced.append((partition, session_id, emit))

    async def bury(self, record: Record, token: object, reason: str) -> None:
        assert token == record.offset
        self.buried.append(record.offset)
        self.reasons.append(reason)

    def give(self, lane: str, *offsets: int, partition: int = 0) -> list[bool]:
        return [self.lanes.dispatch(read(offset, partition), lane, offset) for offset in offsets]


async def until_end(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
    """Settles records up to one with an even offset, and returns."""
    async for item in inbound:
        if isinstance(item, Record):
            yield Settle(item)
            if item.offset % 2 == 0:
                return
