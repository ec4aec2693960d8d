"""What becomes of a record at which a stage raises, and of its lane."""

import errno
from collections.abc import AsyncIterator, Callable
from typing import Literal

import pytest

from schemas.messages import Audio, End, Transcript
from tests.workers.driving import everyone_waits, record, until
from tests.workers.shell.laned import MESSAGE, TOPIC, Bench, read
from workers.stage import Bury, Emit, Idle, Inbound, Outbound, Poisoned, Record, Settle, Stage


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
