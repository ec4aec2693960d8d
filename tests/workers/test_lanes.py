"""What the shell does around a stage, without a broker."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from typing import Literal

import pytest

from schemas.messages import Audio, End, Transcript
from tests.workers.driving import Clock, everyone_waits, record, until
from workers.inbound import Lane, LaneInbound, Partition, Surroundings
from workers.lanes import Lanes, Stage
from workers.stage import KEPT, Bury, Drain, Emit, Idle, Inbound, Outbound, Poisoned, Record, Settle

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


async def test_records_of_a_lane_are_handled_in_order_and_acknowledged() -> None:
    bench = Bench(settle_each)
    bench.give("s/", 4, 5, 6)
    await until(lambda: bench.acked == [4, 5, 6])
    assert bench.lanes.open_records == 0
    await bench.lanes.drain(10)


async def test_the_partition_number_and_the_session_go_with_what_is_produced() -> None:
    async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                yield Emit("speech", item.message)
                yield Settle(item)

    bench = Bench(echo)
    bench.give("s/es", 1, partition=3)
    await until(lambda: bench.acked)
    assert bench.produced == [(3, "s", Emit("speech", MESSAGE))]
    await bench.lanes.drain(10)


async def test_a_stuck_lane_delays_no_other_but_holds_back_the_acknowledgements_of_its_partition() -> None:
    gate = asyncio.Event()

    async def first_waits(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                if item.offset == 1:
                    await gate.wait()
                yield Emit("speech", item.message)
                yield Settle(item)

    bench = Bench(first_waits)
    bench.give("a/", 1)
    bench.give("b/", 2)
    bench.give("c/", 9, partition=1)
    await until(lambda: len(bench.produced) == 2)
    await everyone_waits()
    assert bench.acked == [9]
    gate.set()
    await until(lambda: bench.acked == [9, 1, 2])
    await bench.lanes.drain(10)


async def test_a_lane_that_hangs_and_one_that_floods_delay_no_other_on_their_partition() -> None:
    done: list[int] = []

    async def one_hangs(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                if item.offset == 0:
                    await asyncio.Event().wait()
                yield Emit("speech", item.message)  # a delivery, where the lanes take turns
                done.append(item.offset)
                yield Settle(item)

    bench = Bench(one_hangs)

    async def deliver(partition: int, session_id: str, emit: Emit) -> None:
        await asyncio.sleep(0)

    bench.lanes._produce = deliver
    bench.give("hangs/", 0)
    bench.give("floods/", *range(1, 50_001))
    bench.give("calm/", 50_001)
    await until(lambda: 50_001 in done)
    assert len(done) < 100, "the calm lane waited for the flood"
    assert bench.lanes.open_records == 50_002
    assert bench.acked == []
    await bench.lanes.drain(0)


async def test_nothing_is_settled_before_it_is_delivered() -> None:
    async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                yield Emit("speech", item.message)
                yield Settle(item)

    bench = Bench(echo)
    bench.delivered.clear()
    bench.give("s/", 1)
    await everyone_waits()
    assert bench.acked == []
    bench.delivered.set()
    await until(lambda: bench.acked == [1])
    await bench.lanes.drain(10)


async def test_records_of_a_kept_partition_that_come_again_are_not_heard_again() -> None:
    heard: list[int] = []
    gate = asyncio.Event()

    async def listen(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                heard.append(item.offset)
                await gate.wait()
                yield Settle(item)

    bench = Bench(listen)
    assert bench.give("s/", 1, 2) == [True, True]
    await everyone_waits()
    assert bench.lanes.oldest_open_s == (bench.clock.ms - read(1).written_at) / 1000
    await bench.lanes.retain({Partition(TOPIC, 0)})
    assert bench.give("s/", 1, 2, 3) == [False, False, True]
    gate.set()
    await until(lambda: bench.acked == [1, 2, 3])
    assert heard == [1, 2, 3]
    assert bench.lanes.oldest_open_s == 0
    bench.give("s/", 2)
    assert bench.acked == [1, 2, 3, 2]
    await bench.lanes.drain(10)


async def test_a_lane_that_is_lost_while_it_emits_settles_nothing_and_is_closed() -> None:
    closed: list[str] = []

    async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        try:
            async for item in inbound:
                if isinstance(item, Record):
                    yield Emit("speech", item.message)
                    yield Settle(item)
        finally:
            closed.append("echo")

    bench = Bench(echo)
    bench.delivered.clear()
    bench.give("s/", 1)
    bench.give("t/", 7, partition=1)
    await everyone_waits()
    await bench.lanes.retain({Partition(TOPIC, 1)})
    assert closed == ["echo"]
    assert (len(bench.lanes), bench.lanes.open_records) == (1, 1)
    bench.delivered.set()
    await until(lambda: bench.acked == [7])
    assert not bench.fatal
    await bench.lanes.drain(10)


async def test_a_partition_that_comes_back_is_processed_from_what_was_not_settled() -> None:
    bench = Bench(settle_each)
    bench.delivered.clear()
    bench.give("s/", 5)
    await bench.lanes.retain(set())
    bench.acked.clear()
    bench.give("s/", 5, 6)
    await until(lambda: bench.acked == [5, 6])
    await bench.lanes.drain(10)


async def test_an_error_while_producing_is_fatal() -> None:
    async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for _ in inbound:
            yield Emit("speech", MESSAGE)

    bench = Bench(echo)

    async def refuse(partition: int, session_id: str, emit: Emit) -> None:
        raise TypeError("speech does not carry this")

    bench.lanes._produce = refuse
    bench.give("s/", 1)
    await until(lambda: bench.fatal)
    assert bench.acked == []
    await bench.lanes.retain(set())


async def until_end(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
    """Settles records up to one with an even offset, and returns."""
    async for item in inbound:
        if isinstance(item, Record):
            yield Settle(item)
            if item.offset % 2 == 0:
                return


async def test_a_stage_that_returns_with_more_in_the_queue_is_run_again_and_the_lane_is_gone_after_the_last() -> None:
    bench = Bench(until_end)
    bench.give("s/", 1, 2, 3, 4)
    await until(lambda: bench.acked == [1, 2, 3, 4])
    await until(lambda: len(bench.lanes) == 0)
    bench.give("s/", 5, 6)
    await until(lambda: bench.acked == [1, 2, 3, 4, 5, 6])
    await until(lambda: len(bench.lanes) == 0)


async def test_what_a_stage_read_ahead_and_did_not_settle_when_it_returned_is_given_again() -> None:
    """An `end` that was produced twice stands behind itself; unsettled it would hold up its partition for ever."""

    async def reads_ahead(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        taken = [await anext(inbound), await anext(inbound)]
        assert isinstance(taken[0], Record)
        yield Settle(taken[0])

    bench = Bench(reads_ahead)
    bench.give("s/", 1, 2, 3, 4)
    await until(lambda: bench.acked == [1, 2, 3])
    bench.give("s/", 5)
    await until(lambda: bench.acked == [1, 2, 3, 4])
    await bench.lanes.retain(set())


async def test_drain_reaches_a_lane_whose_stage_has_just_returned() -> None:
    told: list[Inbound] = []

    async def reads_ahead(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        first = await anext(inbound)
        second = await anext(inbound)
        told.append(second)
        if isinstance(first, Record):
            yield Settle(first)

    bench = Bench(reads_ahead)
    bench.give("s/", 1, 2)
    await bench.lanes.drain(10)
    assert bench.acked == [1, 2]
    assert isinstance(told[-1], Drain)
    assert len(bench.lanes) == 0


async def test_draining_leaves_what_is_open_to_the_successor() -> None:
    async def holds_the_last(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        held: Record | None = None
        async for item in inbound:
            if isinstance(item, Drain):
                return
            if isinstance(item, Record):
                if held:
                    yield Settle(held)
                held = item

    bench = Bench(holds_the_last)
    bench.give("s/", 1, 2, 3)
    await bench.lanes.drain(10)
    assert bench.acked == [1, 2]
    assert bench.lanes.open_records == 1
    assert not bench.fatal


async def test_draining_waits_for_deliveries_but_not_for_ever() -> None:
    async def echo(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                yield Emit("speech", item.message)
                yield Settle(item)

    bench = Bench(echo)
    bench.delivered.clear()
    bench.give("s/", 1)
    draining = asyncio.create_task(bench.lanes.drain(10))
    await everyone_waits()
    assert not draining.done()
    bench.delivered.set()
    await draining
    assert bench.acked == [1]

    stuck = Bench(echo)
    stuck.delivered.clear()
    stuck.give("s/", 1)
    await stuck.lanes.drain(0.001)
    assert stuck.acked == []
    assert not stuck.fatal


async def test_after_draining_nothing_more_is_taken() -> None:
    """The stream still holds records when the process stops: the successor reads them."""
    bench = Bench(settle_each)
    bench.give("s/", 1)
    await bench.lanes.drain(10)
    bench.give("s/", 2)
    await everyone_waits()
    assert bench.acked == [1]
    assert len(bench.lanes) == 0


async def test_a_silent_lane_is_told_so_with_the_time() -> None:
    idle: list[Idle] = []

    async def listen(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Idle):
                idle.append(item)
        yield Settle(read(0))

    bench = Bench(listen, idle_s=0.001)
    bench.give("s/", 1)
    await until(lambda: len(idle) >= 2)
    assert idle[0].now == bench.clock.ms
    await bench.lanes.retain(set())


async def test_silence_while_nothing_is_read_is_not_the_speakers() -> None:
    stalled = iter([True, True, False])
    around = Surroundings(False, 0.001, lambda: 7, lambda: next(stalled))

    async def bury(record: Record, reason: str) -> None:
        raise AssertionError

    inbound = LaneInbound(Lane(Partition(TOPIC, 0)), around, lambda record: None, bury)
    assert await anext(inbound) == Idle(7)
    assert list(stalled) == []


async def test_a_lane_without_use_is_reaped_unless_something_is_open_or_nothing_is_read() -> None:
    closed: list[int] = []

    async def odd_ones_only(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        last = 0
        try:
            async for item in inbound:
                if isinstance(item, Record):
                    last = item.offset
                    if last % 2:
                        yield Settle(item)
        finally:
            closed.append(last)

    bench = Bench(odd_ones_only, reap_s=30)
    bench.give("settled/", 1)
    bench.give("open/", 2)
    await until(lambda: bench.acked == [1])
    await bench.lanes.reap()
    assert len(bench.lanes) == 2
    bench.clock.forward(31)
    bench.lanes.stalled = True
    await bench.lanes.reap()
    assert len(bench.lanes) == 2
    bench.lanes.stalled = False
    await bench.lanes.reap()
    assert (len(bench.lanes), closed) == (1, [1])
    bench.give("settled/", 3)
    await everyone_waits()
    assert len(bench.lanes) == 2
    await bench.lanes.retain(set())


async def test_a_record_set_aside_is_settled_when_its_work_is_done() -> None:
    bench = Bench(settle_each)
    buried = asyncio.Event()

    async def bury() -> None:
        await buried.wait()

    bench.lanes.set_aside(Partition(TOPIC, 0), 1, 1, bury())
    bench.give("s/", 2)
    await everyone_waits()
    assert bench.acked == []
    buried.set()
    await until(lambda: bench.acked == [1, 2])
    await bench.lanes.drain(10)


async def test_a_record_set_aside_that_comes_again_is_worked_on_once() -> None:
    bench = Bench(settle_each)
    buried: list[int] = []
    gate = asyncio.Event()

    def burying(offset: int) -> Callable[[], None]:
        async def bury() -> None:
            buried.append(offset)
            await gate.wait()

        return lambda: bench.lanes.set_aside(Partition(TOPIC, 0), offset, offset, bury())

    burying(1)()
    await everyone_waits()
    await bench.lanes.retain({Partition(TOPIC, 0)})
    burying(1)()
    gate.set()
    await until(lambda: bench.acked == [1])
    burying(1)()
    await everyone_waits()
    assert buried == [1]
    assert bench.acked == [1, 1]


async def test_an_error_in_what_was_set_aside_is_fatal_and_settles_nothing() -> None:
    bench = Bench(settle_each)

    async def fail() -> None:
        raise RuntimeError("no dead letters")

    bench.lanes.set_aside(Partition(TOPIC, 0), 1, 1, fail())
    await until(lambda: bench.fatal)
    await everyone_waits()
    assert bench.acked == []


async def test_draining_waits_for_what_was_set_aside() -> None:
    bench = Bench(settle_each)
    gate = asyncio.Event()

    async def bury() -> None:
        await gate.wait()

    bench.lanes.set_aside(Partition(TOPIC, 0), 1, 1, bury())
    draining = asyncio.create_task(bench.lanes.drain(10))
    await everyone_waits()
    assert not draining.done()
    gate.set()
    await draining
    assert bench.acked == [1]


async def test_after_draining_nothing_more_is_set_aside() -> None:
    """The successor reads it, too: there would be two letters."""
    bench = Bench(settle_each)
    buried: list[int] = []

    async def bury() -> None:
        buried.append(1)

    await bench.lanes.drain(10)
    bench.lanes.set_aside(Partition(TOPIC, 0), 1, 1, bury())
    await everyone_waits()
    assert buried == bench.acked == []


async def test_what_was_set_aside_and_is_not_done_when_draining_ends_is_given_up() -> None:
    bench = Bench(settle_each)
    gate = asyncio.Event()
    buried: list[int] = []

    async def bury() -> None:
        await gate.wait()
        buried.append(1)

    bench.lanes.set_aside(Partition(TOPIC, 0), 1, 1, bury())
    await bench.lanes.drain(0.001)
    gate.set()
    await everyone_waits()
    assert buried == bench.acked == bench.fatal == []


async def test_records_of_a_lost_partition_that_were_set_aside_settle_nothing() -> None:
    bench = Bench(settle_each)
    gate = asyncio.Event()

    async def bury() -> None:
        await gate.wait()

    bench.lanes.set_aside(Partition(TOPIC, 0), 1, 1, bury())
    await everyone_waits()
    await bench.lanes.retain(set())
    gate.set()
    await everyone_waits()
    assert bench.acked == []
    assert not bench.fatal


async def test_a_process_is_stuck_while_records_are_open_and_none_is_settled() -> None:
    """The watchdog ends it then; nothing to do is not stuck."""

    async def hang(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record) and item.offset == 0:
                yield Settle(item)

    bench = Bench(hang)
    bench.clock.forward(1_000)
    assert bench.lanes.stuck_s == 0
    bench.give("s/", 0, 1)
    await until(lambda: bench.acked == [0])
    bench.clock.forward(301)
    assert bench.lanes.stuck_s == 301
    await bench.lanes.drain(0)


async def test_a_lane_that_stays_after_a_rebalance_is_told() -> None:
    """Another process may have worked on its session meanwhile."""
    taken: list[Inbound] = []

    async def take(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            taken.append(item)
            if isinstance(item, Record):
                yield Settle(item)

    bench = Bench(take)
    bench.give("s/", 1)
    await until(lambda: bench.acked == [1])
    await bench.lanes.retain({Partition(TOPIC, 0)})
    await until(lambda: len(taken) == 2)
    assert taken[1] is KEPT
    await bench.lanes.drain(10)


def final(segment: int, text: str = "hello") -> Transcript:
    return Transcript(
        segment=segment, until=segment + 1, start=segment, end=segment + 1, spoken_at=0, final=True, revision=1,
        language="en", engine="scripted", text=text,
    )  # fmt: skip


def raising_at(
    *offsets: int, heard: list[tuple[int, str, str]], error: Callable[[str], Exception] = ValueError
) -> Stage:
    """Reads ahead without end, then settles; raises at some offsets, whenever their texts are not empty."""

    async def stage(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record) and isinstance(item.message, Transcript):
                heard.append((item.offset, item.message.text, item.message.outcome))
                if item.offset in offsets and item.message.text:
                    raise error("unexpected")
                yield Settle(item)

    return stage


async def test_a_record_at_which_a_stage_raises_three_times_is_buried_and_its_hole_is_given_in_order() -> None:
    heard: list[tuple[int, str, str]] = []
    bench = Bench(raising_at(2, heard=heard))
    for offset in (1, 2, 3):
        bench.lanes.dispatch(record(TOPIC, offset, final(offset)), "s/", offset)
    await until(lambda: bench.acked == [1, 2, 3])
    assert heard == [(1, "hello", "ok"), *[(2, "hello", "ok")] * 3, (2, "", "failed"), (3, "hello", "ok")]
    assert (bench.buried, bench.reasons) == ([2], ["the stage raised ValueError three times"])
    assert len(bench.failed) == 3
    assert not bench.fatal
    await bench.lanes.drain(10)


async def test_an_error_that_passes_costs_no_record() -> None:
    raised: list[int] = []

    async def raises_twice(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                if item.offset in (1, 3) and raised.count(item.offset) < 2:
                    raised.append(item.offset)
                    raise ValueError
                yield Settle(item)

    bench = Bench(raises_twice)
    bench.give("s/", 1, 2, 3)
    await until(lambda: bench.acked == [1, 2, 3])
    assert (bench.buried, bench.fatal, raised) == ([], [], [1, 1, 3, 3])
    await bench.lanes.drain(10)


async def test_other_lanes_do_not_notice_when_a_stage_raises() -> None:
    heard: list[tuple[int, str, str]] = []
    bench = Bench(raising_at(1, heard=heard))
    bench.lanes._again_s = 1_000
    bench.lanes.dispatch(record(TOPIC, 1, final(1)), "s/", 1)
    for offset in (2, 3):
        bench.lanes.dispatch(record(TOPIC, offset, final(offset), partition=1), "t/", offset)
    await until(lambda: bench.acked == [2, 3])
    assert len(bench.failed) == 1
    await bench.lanes.retain(set())


async def test_a_stage_that_reads_ahead_is_given_one_record_at_a_time_when_it_raised() -> None:
    """So that it is known which of them it was."""
    taken: list[int] = []

    async def reads_two(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        held: list[Record] = []
        async for item in inbound:
            match item:
                case Record():
                    taken.append(item.offset)
                    held.append(item)
                case Idle() if any(one.offset == 1 and isinstance(one.message, End) for one in held):
                    raise ValueError
                case Idle() if held:
                    yield Settle(held.pop(0))

    bench = Bench(reads_two, idle_s=0.001)
    bench.give("s/", 1, 2, 3)
    await until(lambda: bench.acked == [1, 2, 3])
    assert taken[:6] == [1, 2, 3, 1, 1, 2]  # then it has no hole: nothing is missing without an `end`
    assert bench.buried == [1]
    await bench.lanes.drain(10)


async def test_where_even_the_hole_makes_the_stage_raise_the_record_is_settled_unseen() -> None:
    async def broken(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                if item.offset == 2:
                    raise ValueError
                yield Settle(item)

    bench = Bench(broken)
    for offset in (1, 2, 3):
        bench.lanes.dispatch(record(TOPIC, offset, final(offset)), "s/", offset)
    await until(lambda: bench.acked == [1, 2, 3])
    assert bench.buried == [2]
    assert not bench.fatal
    await bench.lanes.drain(10)


def timed_out(_: str) -> Exception:
    return TimeoutError(errno.ETIMEDOUT, "a machine does not answer")


@pytest.mark.parametrize("error", [ConnectionResetError, MemoryError, timed_out])
async def test_an_error_from_outside_ends_the_process_and_costs_no_record(error: Callable[[str], Exception]) -> None:
    bench = Bench(raising_at(1, heard=[], error=error))
    bench.lanes.dispatch(record(TOPIC, 1, final(1)), "s/", 1)
    await until(lambda: bench.fatal)
    assert isinstance(bench.fatal[0], type(error("")))
    assert bench.acked == bench.buried == []
    await bench.lanes.retain(set())


async def test_a_call_that_takes_too_long_is_evidence_about_its_record() -> None:
    bench = Bench(raising_at(1, heard=[], error=TimeoutError))
    bench.lanes.dispatch(record(TOPIC, 1, final(1)), "s/", 1)
    await until(lambda: bench.acked == [1])
    assert (bench.buried, bench.fatal) == ([1], [])
    await bench.lanes.drain(10)


async def test_a_stage_that_raises_without_a_record_ends_the_process_in_the_end() -> None:
    async def broken(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        raise ValueError
        yield Settle(read(0))

    bench = Bench(broken)
    bench.give("s/", 1)
    await until(lambda: bench.fatal)
    assert len(bench.failed) == 2
    assert bench.acked == bench.buried == []
    await bench.lanes.retain(set())


async def test_what_a_stage_gives_up_is_buried_once_and_settled_when_the_stage_says_so() -> None:
    async def gives_up(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                yield Bury(item, "ended its engine's process")
                yield Bury(item, "and another one's")
                yield Emit("speech", MESSAGE)
                yield Settle(item)

    bench = Bench(gives_up)
    bench.delivered.clear()
    bench.give("s/", 1)
    await until(lambda: bench.buried)
    await everyone_waits()
    assert bench.acked == []
    bench.delivered.set()
    await until(lambda: bench.acked == [1])
    assert (bench.buried, bench.reasons) == ([1], ["ended its engine's process"])
    await bench.lanes.drain(10)


async def test_draining_reaches_a_stage_that_raised() -> None:
    heard: list[tuple[int, str, str]] = []
    bench = Bench(raising_at(2, heard=heard))
    for offset in (1, 2, 3):
        bench.lanes.dispatch(record(TOPIC, offset, final(offset)), "s/", offset)
    await bench.lanes.drain(10)
    assert bench.acked == [1, 2, 3]
    assert len(bench.lanes) == 0


def frame(offset: int, kind: Literal["frame", "pause"] = "frame") -> Record:
    pcm = bytes(3200) if kind == "frame" else b""
    audio = Audio(kind=kind, position=offset * 1600, captured_at=0, language="en", pcm=pcm)
    return record(TOPIC, offset, audio)


async def test_the_frames_of_the_segment_at_which_a_stage_raises_are_given_as_poisoned_up_to_the_marker() -> None:
    given: list[list[int] | int] = []

    async def listen(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        held: list[Record] = []
        async for item in inbound:
            match item:
                case Poisoned(records):
                    given.append([record.offset for record in records])
                    held += records
                case Record():
                    given.append(item.offset)
                    held.append(item)
                    if item.offset == 2:
                        raise ValueError
            if held[-1].offset > 2:
                for one in held:
                    yield Settle(one)
                held.clear()

    bench = Bench(listen, segments=True)
    for item in (frame(1), frame(2), frame(3), frame(4, "pause"), frame(5)):
        bench.lanes.dispatch(item, "s/", item.offset)
    await until(lambda: bench.acked == [1, 2, 3, 4, 5])
    assert given == [1, 2, 1, 2, 1, 2, [1, 2, 3], 4, 5]
    assert bench.buried == [1, 2, 3]
    await bench.lanes.drain(10)


async def test_one_lane_that_hangs_and_one_that_floods_delay_no_third_one_on_their_partition() -> None:
    async def hang_at_the_first(inbound: AsyncIterator[Inbound]) -> AsyncIterator[Outbound]:
        async for item in inbound:
            if isinstance(item, Record):
                if item.offset == 0:
                    await asyncio.Event().wait()
                yield Emit("speech", MESSAGE)
                yield Settle(item)

    bench = Bench(hang_at_the_first)
    bench.give("hangs/", 0)
    bench.give("floods/", *range(1, 50_001))
    bench.give("speaks/", 50_001)
    await until(lambda: any(session == "speaks" for _, session, _ in bench.produced))
    assert sum(session == "floods" for _, session, _ in bench.produced) < 1_000
    assert bench.acked == []
    await bench.lanes.retain(set())
