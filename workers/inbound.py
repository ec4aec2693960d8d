"""What a lane's stage reads: its records in order, each noted before it is worked on; and silence."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from schemas.audio import SAMPLE_RATE
from schemas.messages import Audio
from workers.crashes import CONVICTED, SUSPECT, Place
from workers.stage import Drain, Idle, Inbound, Poisoned, Record, failed
from workers.suspects import Suspects

log = structlog.get_logger()

LONGEST_SEGMENT = 10 * SAMPLE_RATE
"""No more than this is given up with a poisoned frame."""
CRASHES = "crashed the worker three times"

Bury = Callable[[Record], Awaitable[None]]
"""Puts a record into the dead letters; returns when it is there."""


def longest_work_s(engine_timeout_s: float) -> float:
    """How long one record, or the segment that it begins, is worked on: as it is spoken, then by an engine, twice."""
    return LONGEST_SEGMENT / SAMPLE_RATE + 2 * engine_timeout_s


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
    working: set[int] = field(default_factory=set)
    """Offsets that are noted as worked on; of a segment only the first."""
    used_at: float = 0.0
    task: asyncio.Task[None] | None = None

    def place(self, offset: int) -> Place:
        """Where the record with this offset is."""
        return Place(self.partition.topic, self.partition.number, offset)


@dataclass(frozen=True)
class Surroundings:
    """What all lanes of a process share."""

    suspects: Suspects
    bury: Bury
    segments: bool
    """What a lane has open is one piece of work, begun by its first record; else each record is one."""
    idle_s: float
    now: Callable[[], int]
    """Unix ms."""
    stalled: Callable[[], bool]
    """Silence is not the speaker's now."""


class LaneInbound:
    """Iterates over what arrives in a lane until it is told to drain."""

    def __init__(self, lane: Lane, surroundings: Surroundings, settle: Callable[[Record], None]) -> None:
        self._lane, self._around, self._settle = lane, surroundings, settle
        self._next: Inbound | None = None
        """Was taken too early."""
        self.drained = False

    def __aiter__(self) -> "LaneInbound":
        return self

    async def __anext__(self) -> Inbound:
        if self.drained:
            raise StopAsyncIteration
        while True:
            item: Inbound | None = await self._arrived()
            if isinstance(item, Drain):
                self.drained = True
            if isinstance(item, Record):
                await asyncio.sleep(0)  # a lane with a long queue, whose stage waits for nothing, lets the others go on
                item = await self._begun(item)
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

    async def _begun(self, record: Record) -> Inbound | None:
        """The record when it may be worked on; what stands for it when it is convicted; None: it was settled."""
        crashes = self._around.suspects.crashes(self._lane.place(record.offset))
        piece = self._piece(record, crashes) if self._around.segments else record.offset
        try:
            await self._around.suspects.begin(self._lane.place(piece))
        except BaseException:
            self._around.suspects.leave(self._lane.place(piece))
            raise
        self._lane.working.add(piece)
        return record if crashes < CONVICTED else await self._convicted(record, crashes)

    def _piece(self, record: Record, crashes: int) -> int:
        """The first record of the segment that this one belongs to. A suspect begins one of its own."""
        if crashes >= SUSPECT:
            for offset in self._lane.working - {record.offset}:
                self._around.suspects.leave(self._lane.place(offset))
            self._lane.working &= {record.offset}
            return record.offset
        return min(self._lane.working, default=next(iter(self._lane.open), record.offset))

    async def _convicted(self, record: Record, crashes: int) -> Inbound | None:
        log.error("record.convicted", topic=record.topic, partition=record.partition, offset=record.offset)
        records = await self._segment(record) if self._around.segments else (record,)
        if crashes == CONVICTED:  # beyond, what stands for it ended the process, too: it is buried already
            for poisoned in records:
                await self._around.bury(poisoned)
        if self._around.segments:
            return Poisoned(records)
        message = failed(record.message)
        if crashes > CONVICTED or message is None:
            self._settle(record)
            return None
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
