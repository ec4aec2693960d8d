"""Runs a stage's generator for every lane: what the shell does around a stage, without a broker.

Records of a lane are handled in order, lanes side by side. The dispatch never waits. What a stage settles goes to the
partition's ledger; what it emits goes to `produce`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from workers.ledger import Ledger
from workers.stage import DRAIN, KEPT, Drain, Emit, Idle, Inbound, Outbound, Record, Settle

log = structlog.get_logger()

Stage = Callable[[AsyncIterator[Inbound]], AsyncIterator[Outbound]]
Produce = Callable[[int, str, Emit], Awaitable[None]]
"""Partition, session id and what to produce; returns when it is delivered, or handed over if it is not `awaited`."""
Ack = Callable[[object], object]


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    number: int


@dataclass(eq=False)
class _Lane:
    """A lane's queue and the task that runs its stage."""

    partition: Partition
    arrived: asyncio.Queue[Inbound] = field(default_factory=asyncio.Queue)
    last: int = -1
    """Highest offset that was queued: after a rebalance the same records come again."""
    open: dict[int, Record] = field(default_factory=dict)
    """Records that are not settled, by offset."""
    used_at: float = 0.0
    task: asyncio.Task[None] | None = None


class Lanes:
    """All lanes of one process. `clock` counts seconds, `now` Unix ms."""

    def __init__(
        self,
        stage: Stage,
        produce: Produce,
        *,
        ack: Ack,
        fatal: Callable[[BaseException], None],
        now: Callable[[], int],
        clock: Callable[[], float],
        idle_s: float,
        reap_s: float,
    ) -> None:
        self._stage, self._produce, self._ack, self._fatal = stage, produce, ack, fatal
        self._now, self._clock, self._idle_s, self._reap_s = now, clock, idle_s, reap_s
        self._lanes: dict[tuple[Partition, str], _Lane] = {}
        self._ledgers: dict[Partition, Ledger[object]] = {}
        self._asides: set[asyncio.Task[None]] = set()
        self._draining = False
        self.stalled = False
        """Nothing is read now (a rebalance): silence is not the speaker's."""
        self._settled_at = clock()

    def __len__(self) -> int:
        return len(self._lanes)

    @property
    def open_records(self) -> int:
        """Records that were read and are not acknowledged."""
        ledgers = tuple(self._ledgers.values())  # one step: the watchdog looks from another thread
        return sum(len(ledger) for ledger in ledgers)

    @property
    def stuck_s(self) -> float:
        """Seconds since a record was last settled, while records are open; else 0."""
        return self._clock() - self._settled_at if self.open_records else 0.0

    def dispatch(self, record: Record, name: str, token: object) -> None:
        """Gives a record to lane `name` of its partition; never waits. After `drain` it is left to the successor."""
        if self._draining:
            return
        partition = Partition(record.topic, record.partition)
        if self.open_records == 0:
            self._settled_at = self._clock()
        if self._ledger(partition).add(record.offset, token) == "settled":
            return
        lane = self._lanes.get((partition, name))
        if lane is None:
            lane = self._lanes[partition, name] = _Lane(partition)
            lane.task = asyncio.create_task(self._run(name, lane))
        if record.offset > lane.last:
            lane.last = record.offset
            lane.open[record.offset] = record
            lane.used_at = self._clock()
            lane.arrived.put_nowait(record)

    def set_aside(self, record: Record, token: object, work: Coroutine[None, None, None]) -> None:
        """A record that belongs to no lane: settled when `work` is done."""
        partition = Partition(record.topic, record.partition)
        if self._ledger(partition).add(record.offset, token) != "new":
            work.close()
            return
        task = asyncio.create_task(self._aside(partition, record.offset, work))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def retain(self, partitions: set[Partition]) -> None:
        """After a rebalance: drops what is of lost partitions, settling nothing; tells the lanes that stay."""
        lost = {key: lane for key, lane in self._lanes.items() if key[0] not in partitions}
        for key in lost:
            del self._lanes[key]
        await self._cancel(list(lost.values()))
        self._ledgers = {partition: ledger for partition, ledger in self._ledgers.items() if partition in partitions}
        for lane in self._lanes.values():
            lane.arrived.put_nowait(KEPT)

    async def reap(self) -> None:
        """Closes lanes that were not used for long and have nothing open."""
        if self.stalled:
            return
        before = self._clock() - self._reap_s
        unused = {key: lane for key, lane in self._lanes.items() if not lane.open and lane.used_at < before}
        for key in unused:
            del self._lanes[key]
        await self._cancel(list(unused.values()))

    async def drain(self, timeout_s: float) -> None:
        """Lets every lane finish what is final; what is open then is left to the successor."""
        self._draining = True
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.arrived.put_nowait(DRAIN)
        tasks = [lane.task for lane in lanes if lane.task] + list(self._asides)
        if tasks:
            await asyncio.wait(tasks, timeout=timeout_s)
        await self._cancel(lanes)

    def _ledger(self, partition: Partition) -> Ledger[object]:
        if partition not in self._ledgers:
            self._ledgers[partition] = Ledger(self._ack)
        return self._ledgers[partition]

    async def _cancel(self, lanes: list[_Lane]) -> None:
        tasks = [lane.task for lane in lanes if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _aside(self, partition: Partition, offset: int, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # as in a lane
            self._fatal(error)
            return
        if partition in self._ledgers:
            self._ledgers[partition].settle(offset)

    async def _run(self, name: str, lane: _Lane) -> None:
        try:
            while not await self._once(name, lane) and lane.open:
                self._give_again(lane)
            self._lanes.pop((lane.partition, name), None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # an unexpected error ends the process: Kafka gives the records again
            self._fatal(error)

    def _give_again(self, lane: _Lane) -> None:
        """A stage that reads ahead may return with records that it took and did not settle."""
        lane.arrived = asyncio.Queue()
        for record in lane.open.values():
            lane.arrived.put_nowait(record)
        if self._draining:
            lane.arrived.put_nowait(DRAIN)

    async def _once(self, name: str, lane: _Lane) -> bool:
        """Runs the stage until it returns; True when it was told to drain."""
        inbound = _Inbound(lane, self._idle_s, self._now, lambda: self.stalled)
        outbound = self._stage(inbound)
        session_id = name.partition("/")[0]
        try:
            async for item in outbound:
                match item:
                    case Emit():
                        await self._produce(lane.partition.number, session_id, item)
                    case Settle(record):
                        lane.open.pop(record.offset, None)
                        self._settled_at = lane.used_at = self._clock()
                        self._ledgers[lane.partition].settle(record.offset)
        finally:
            await outbound.aclose()  # type: ignore[attr-defined]  # stages are async generators
        return inbound.drained


class _Inbound:
    """What a lane's stage reads."""

    def __init__(self, lane: _Lane, idle_s: float, now: Callable[[], int], stalled: Callable[[], bool]) -> None:
        self._lane, self._idle_s, self._now, self._stalled = lane, idle_s, now, stalled
        self.drained = False

    def __aiter__(self) -> "_Inbound":
        return self

    async def __anext__(self) -> Inbound:
        if self.drained:
            raise StopAsyncIteration
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    item = await self._lane.arrived.get()
            except TimeoutError:
                if self._stalled():
                    continue
                return Idle(self._now())
            if isinstance(item, Drain):
                self.drained = True
            return item
