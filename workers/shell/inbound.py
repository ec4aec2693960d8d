"""What a lane's stage reads: its records in order, what stands for those that were given up, and silence."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from schemas.audio import SAMPLE_RATE
from schemas.messages import Audio
from workers.stage import Drain, Idle, Inbound, Poisoned, Record, failed

log = structlog.get_logger()

LONGEST_SEGMENT = 10 * SAMPLE_RATE
"""No more than this is given up with a poisoned frame."""

Bury = Callable[[Record, str], Awaitable[None]]
"""Puts a record into the dead letters, with the reason; returns when it is there."""


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    number: int


@dataclass(eq=False)
class Lane:
    """A lane's queue and the task that runs its stage."""

    partition: Partition
    arrived: asyncio.Queue[Inbound] = field(default_factory=asyncio.Queue)
    last: int = -1
    """Highest offset that was queued: after a rebalance the same records come again."""
    open: dict[int, Record] = field(default_factory=dict)
    """Records that are not settled, by offset."""
    given: set[int] = field(default_factory=set)
    """Offsets of the open ones that the stage has."""
    failures: int = 0
    """How often in a row the stage raised before anything was settled."""
    wary_until: int = -1
    """Offset up to which a stage that raised is given one record at a time, so that it is known which one it was."""
    given_up: dict[int, str] = field(default_factory=dict)
    """Why the stage is not given an open record again, by offset."""
    buried: set[int] = field(default_factory=set)
    """Offsets of the open ones that are in the dead letters."""
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Is set whenever a record is."""
    used_at: float = 0.0
    task: asyncio.Task[None] | None = None

    def settle(self, offset: int) -> None:
        """The record needs nothing more."""
        self.open.pop(offset, None)
        self.given.discard(offset)
        self.given_up.pop(offset, None)
        self.buried.discard(offset)
        self.failures = 0
        self.settled.set()

    def give_again(self) -> None:
        """A stage may return, or raise, with records that it took and did not settle."""
        self.arrived = asyncio.Queue()
        self.given.clear()
        for record in self.open.values():
            self.arrived.put_nowait(record)


@dataclass(frozen=True)
class Surroundings:
    """What all lanes of a process share."""

    segments: bool
    """What a lane has open is one piece of work, begun by its first record; else each record is one."""
    idle_s: float
    now: Callable[[], int]
    """Unix ms."""
    stalled: Callable[[], bool]
    """Silence is not the speaker's now."""


class LaneInbound:
    """Iterates over what arrives in a lane until it is told to drain."""

    def __init__(self, lane: Lane, surroundings: Surroundings, settle: Callable[[Record], None], bury: Bury) -> None:
        self._lane, self._around, self._settle, self._bury = lane, surroundings, settle, bury
        self._next: Inbound | None = None
        """Was taken too early."""
        self.drained = False

    def __aiter__(self) -> "LaneInbound":
        return self

    async def __anext__(self) -> Inbound:
        if self.drained:
            raise StopAsyncIteration
        while True:
            item: Inbound | None = await self._in_turn(await self._arrived())
            if isinstance(item, Drain):
                self.drained = True
            if isinstance(item, Record):
                await asyncio.sleep(0)  # a lane with a long queue, whose stage waits for nothing, lets the others go on
                item = await self._given(item)
            if item is not None:
                return item

    async def _arrived(self) -> Inbound:
        item, self._next = self._next, None
        while item is None:
            try:
                async with asyncio.timeout(self._around.idle_s):
                    item = await self._lane.arrived.get()
            except TimeoutError:
                if not self._around.stalled():
                    return Idle(self._around.now())
        return item

    async def _in_turn(self, item: Inbound) -> Inbound:
        """Keeps a record back, if only one may be given at a time, until that is settled."""
        lane = self._lane
        while isinstance(item, Record) and item.offset <= lane.wary_until and lane.given and not self._around.segments:
            lane.settled.clear()
            try:
                async with asyncio.timeout(self._around.idle_s):
                    await lane.settled.wait()
            except TimeoutError:
                self._next = item
                return Idle(self._around.now())
        return item

    async def _given(self, record: Record) -> Inbound | None:
        """The record, or what stands for it when it was given up; None: it was settled."""
        self._lane.given.add(record.offset)
        reason = self._lane.given_up.get(record.offset)
        return record if reason is None else await self._stand_in(record, reason)

    async def _stand_in(self, record: Record, reason: str) -> Inbound | None:
        seen = record.offset in self._lane.buried
        records = await self._segment(record) if self._around.segments else (record,)
        self._lane.given.update(poisoned.offset for poisoned in records)
        for poisoned in records:
            await self._bury(poisoned, reason)
        message = failed(record.message)
        if seen or (message is None and not self._around.segments):  # even what stands for it made the stage raise
            for poisoned in records:
                self._settle(poisoned)
            return None
        if self._around.segments:
            return Poisoned(records)
        assert message is not None
        return Record(
            record.topic, record.partition, record.offset, record.session_id, message, written_at=record.written_at
        )

    async def _segment(self, first: Record) -> tuple[Record, ...]:
        """The frames from the first one to the next marker or silence."""
        records, samples = [first], _samples(first)
        while samples < LONGEST_SEGMENT and _is_frame(records[-1]):
            item = await self._arrived()
            if not isinstance(item, Record) or not _is_frame(item):
                self._next = item
                break
            records.append(item)
            samples += _samples(item)
        return tuple(records)


def _is_frame(record: Record) -> bool:
    return isinstance(record.message, Audio) and record.message.kind == "frame"


def _samples(record: Record) -> int:
    return record.message.until - record.message.position if isinstance(record.message, Audio) else 0
