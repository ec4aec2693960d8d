"""Runs a stage's generator for every lane: what the shell does around a stage, without a broker.

Records of a lane are handled in order, lanes side by side. The dispatch never waits. What a stage settles goes to the
partition's ledger; what it emits goes to `produce`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, assert_never

import structlog

from workers.shell.inbound import Lane, LaneInbound, Partition, Surroundings
from workers.shell.ledger import Ledger
from workers.stage import DRAIN, KEPT, Bury, Emit, Outbound, Produce, Record, Settle, Stage

log = structlog.get_logger()

Ack = Callable[[Any], object]
BuryToken = Callable[[Record, Any, str], Awaitable[None]]
"""Puts a record, with what acknowledges it, into the dead letters, with the reason; returns when it is there."""

TRIES = 3
"""So often a stage may raise before anything is settled; then the record that it was at is given up."""


class StageFailed(Exception):
    """The stage raised."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause


class Lanes:
    """All lanes of one process. `clock` counts seconds, `now` Unix ms."""

    def __init__(
        self,
        stage: Stage,
        produce: Produce,
        *,
        ack: Ack,
        bury: BuryToken,
        segments: bool,
        failed: Callable[[BaseException], None],
        fatal: Callable[[BaseException], None],
        now: Callable[[], int],
        clock: Callable[[], float],
        idle_s: float,
        reap_s: float,
        outside: tuple[type[BaseException], ...] = (OSError, MemoryError),
        again_s: float = 0.5,
    ) -> None:
        """`failed` is told what a stage raised, `fatal` what ends the process. Errors of `outside` say nothing about a
        record. A stage that raised is run again after `again_s`, the next time after three times that."""
        self._stage, self._produce, self._ack, self._bury = stage, produce, ack, bury
        self._failed, self._fatal, self._outside, self._again_s = failed, fatal, outside, again_s
        self._clock, self._reap_s = clock, reap_s
        self._around = Surroundings(segments, idle_s, now, lambda: self.stalled)
        self._lanes: dict[tuple[Partition, str], Lane] = {}
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

    @property
    def oldest_open_s(self) -> float:
        """Age of the oldest record that is not settled; 0 when there is none."""
        oldest = [next(iter(lane.open.values())).written_at for lane in self._lanes.values() if lane.open]
        return max(0.0, (self._around.now() - min(oldest)) / 1000) if oldest else 0.0

    def dispatch(self, record: Record, name: str, token: object) -> bool:
        """Gives a record to lane `name` of its partition; never waits. After `drain` it is left to the successor.

        False when the record was read before, and came again after a rebalance.
        """
        if self._draining:
            return True
        partition = Partition(record.topic, record.partition)
        if self.open_records == 0:
            self._settled_at = self._clock()
        known = self._ledger(partition).add(record.offset, token)
        if known == "settled":
            return False
        lane = self._lanes.get((partition, name))
        if lane is None:
            lane = self._lanes[partition, name] = Lane(partition)
            lane.task = asyncio.create_task(self._run(name, lane))
        if record.offset > lane.last:
            lane.last = record.offset
            lane.open[record.offset] = record
            lane.used_at = self._clock()
            lane.arrived.put_nowait(record)
        return known == "new"

    def set_aside(self, partition: Partition, offset: int, token: object, work: Coroutine[None, None, None]) -> None:
        """A record that belongs to no lane: settled when `work` is done. After `drain` it is left, as in `dispatch`."""
        if self._draining or self._ledger(partition).add(offset, token) != "new":
            work.close()
            return
        task = asyncio.create_task(self._aside(partition, offset, work))
        task.add_done_callback(lambda _: work.close())  # a task that is cancelled at once never begins its work
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
        for aside in self._asides:
            aside.cancel()

    def _ledger(self, partition: Partition) -> Ledger[object]:
        if partition not in self._ledgers:
            self._ledgers[partition] = Ledger(self._ack)
        return self._ledgers[partition]

    async def _cancel(self, lanes: list[Lane]) -> None:
        tasks = [lane.task for lane in lanes if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _settle(self, lane: Lane, record: Record) -> None:
        lane.settle(record.offset)
        self._settled_at = lane.used_at = self._clock()
        self._ledgers[lane.partition].settle(record.offset)

    async def _give_up(self, lane: Lane, record: Record, reason: str) -> None:
        """Once, however many parts of a stage give it up."""
        if record.offset in lane.open and record.offset not in lane.buried:
            lane.buried.add(record.offset)
            await self._bury(record, self._ledgers[lane.partition].token(record.offset), reason)

    async def _aside(self, partition: Partition, offset: int, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # nobody else would see it
            self._fatal(error)
            return
        if partition in self._ledgers:
            self._ledgers[partition].settle(offset)

    async def _run(self, name: str, lane: Lane) -> None:
        try:
            while not await self._once(name, lane) and lane.open:
                lane.give_again()
                if self._draining:
                    lane.arrived.put_nowait(DRAIN)
            self._lanes.pop((lane.partition, name), None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # Kafka gives the records again, to this process or another one
            self._fatal(error)

    async def _once(self, name: str, lane: Lane) -> bool:
        """Runs the stage until it returns, or raises; True when it was told to drain."""
        inbound = LaneInbound(
            lane,
            self._around,
            lambda record: self._settle(lane, record),
            lambda record, reason: self._give_up(lane, record, reason),
        )
        outbound = self._stage(inbound)
        try:
            while item := await _next(outbound):
                await self._take(name, lane, item)
        except StageFailed as failure:
            await self._after(lane, failure.cause)
            return False
        finally:
            await outbound.aclose()  # type: ignore[attr-defined]  # stages are async generators
        return inbound.drained

    async def _take(self, name: str, lane: Lane, item: Outbound) -> None:
        match item:
            case Emit():
                await self._produce(lane.partition.number, name.partition("/")[0], item)
            case Bury(record, reason):
                await self._give_up(lane, record, reason)
            case Settle(record):
                self._settle(lane, record)
            case _:
                assert_never(item)

    async def _after(self, lane: Lane, error: Exception) -> None:
        """A stage raised: it is given its open records again, one by one, without the one that it raises at."""
        lane.failures += 1
        overdue = isinstance(error, TimeoutError) and error.errno is None  # of a call, perhaps by the record's fault
        if (isinstance(error, self._outside) and not overdue) or (lane.failures >= TRIES and not lane.given):
            raise error
        self._failed(error)
        lane.wary_until = lane.last
        if lane.failures < TRIES:
            await asyncio.sleep(self._again_s * 3 ** (lane.failures - 1))
            return
        lane.failures = 0
        which = min if self._around.segments else max  # a segment begins at the first; its stage has read on
        lane.given_up[which(lane.given)] = f"the stage raised {type(error).__name__} three times"


async def _next(outbound: AsyncIterator[Outbound]) -> Outbound | None:
    """What a stage yields; None: it has returned. Raises StageFailed."""
    try:
        return await anext(outbound, None)
    except Exception as error:
        raise StageFailed(error) from error
