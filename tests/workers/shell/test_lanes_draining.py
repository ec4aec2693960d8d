"""How lanes end in order, and what becomes of what was set aside."""

import asyncio
from collections.abc import AsyncIterator, Callable

from tests.workers.driving import everyone_waits, until
from tests.workers.shell.laned import TOPIC, Bench, settle_each
from workers.shell.inbound import Partition
from workers.stage import Drain, Emit, Inbound, Outbound, Record, Settle


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
