"""What the shell does around a stage, without a broker."""

import asyncio
from collections.abc import AsyncIterator

from tests.workers.driving import everyone_waits, until
from tests.workers.shell.laned import MESSAGE, TOPIC, Bench, read, settle_each, until_end
from workers.shell.inbound import Lane, LaneInbound, Partition, Surroundings
from workers.stage import KEPT, Emit, Idle, Inbound, Outbound, Record, Settle


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
