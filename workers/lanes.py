"""Runs a stage's generator for every lane: what the shell does around a stage, without a broker.

Records of a lane are handled in order, lanes side by side. The dispatch never waits. What a stage settles goes to the
partition's ledger; what it emits goes to `produce`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

import structlog

from workers.crashes import Place
from workers.inbound import Lane, LaneInbound, Partition, Surroundings
from workers.ledger import Ledger
from workers.stage import DRAIN, KEPT, Emit, Inbound, Outbound, Record, Settle
from workers.suspects import Suspects

log = structlog.get_logger()

Stage = Callable[[AsyncIterator[Inbound]], AsyncIterator[Outbound]]
Produce = Callable[[int, str, Emit], Awaitable[None]]
"""Partition, session id and what to produce; returns when it is delivered, or handed over if it is not `awaited`."""
Ack = Callable[[object], object]
BuryToken = Callable[[Record, object], Awaitable[None]]
"""Puts a record, with what acknowledges it, into the dead letters; returns when it is there."""


class Lanes:
    """All lanes of one process. `clock` counts seconds, `now` Unix ms."""

    def __init__(
        self,
        stage: Stage,
        produce: Produce,
        *,
        ack: Ack,
        bury: BuryToken,
        suspects: Suspects,
        segments: bool,
        fatal: Callable[[BaseException], None],
        now: Callable[[], int],
        clock: Callable[[], float],
        idle_s: float,
        reap_s: float,
    ) -> None:
        self._stage, self._produce, self._ack, self._fatal = stage, produce, ack, fatal
        self._bury, self._suspects = bury, suspects
        self._clock, self._reap_s = clock, reap_s
        self._around = Surroundings(suspects, self._buried, segments, idle_s, now, lambda: self.stalled)
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

    def set_aside(self, place: Place, token: object, work: Coroutine[None, None, None]) -> None:
        """A record that belongs to no lane: settled when `work` is done. After `drain` it is left, as in `dispatch`."""
        partition = Partition(place.topic, place.partition)
        if self._draining or self._ledger(partition).add(place.offset, token) != "new":
            work.close()
            return
        task = asyncio.create_task(self._aside(partition, place.offset, work))
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
        for lane in lanes:
            self._leave(lane)

    def _leave(self, lane: Lane) -> None:
        for offset in lane.working:
            self._suspects.leave(lane.place(offset))
        lane.working.clear()

    def _settle(self, lane: Lane, record: Record) -> None:
        lane.open.pop(record.offset, None)
        self._settled_at = lane.used_at = self._clock()
        self._ledgers[lane.partition].settle(record.offset)
        if record.offset in lane.working:
            lane.working.discard(record.offset)
            self._suspects.finish(lane.place(record.offset))

    async def _buried(self, record: Record) -> None:
        ledger = self._ledgers[Partition(record.topic, record.partition)]
        await self._bury(record, ledger.token(record.offset))

    async def _aside(self, partition: Partition, offset: int, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # as in a lane, whose records have no part in it
            await self._suspects.blame(())
            self._fatal(error)
            return
        if partition in self._ledgers:
            self._ledgers[partition].settle(offset)

    async def _run(self, name: str, lane: Lane) -> None:
        try:
            while not await self._once(name, lane) and lane.open:
                self._give_again(lane)
            self._lanes.pop((lane.partition, name), None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # an unexpected error ends the process: Kafka gives the records again
            await self._suspects.blame(map(lane.place, lane.working))
            self._fatal(error)

    def _give_again(self, lane: Lane) -> None:
        """A stage that reads ahead may return with records that it took and did not settle."""
        lane.arrived = asyncio.Queue()
        for record in lane.open.values():
            lane.arrived.put_nowait(record)
        if self._draining:
            lane.arrived.put_nowait(DRAIN)

    async def _once(self, name: str, lane: Lane) -> bool:
        """Runs the stage until it returns; True when it was told to drain."""
        inbound = LaneInbound(lane, self._around, lambda record: self._settle(lane, record))
        outbound = self._stage(inbound)
        session_id = name.partition("/")[0]
        try:
            async for item in outbound:
                match item:
                    case Emit():
                        await self._produce(lane.partition.number, session_id, item)
                    case Settle(record):
                        self._settle(lane, record)
        finally:
            await outbound.aclose()  # type: ignore[attr-defined]  # stages are async generators
        return inbound.drained
