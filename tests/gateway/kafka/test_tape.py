"""What a session gives to the log, with a log that fails as told."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway.kafka.extent import Extent
from gateway.kafka.tape import Tape
from schemas.messages import Audio, Message


class SlowLog:
    """Delivers what `release` lets through."""

    def __init__(self) -> None:
        self.delivered: list[Message] = []
        self.open = asyncio.Event()
        self.under_way = 0
        self.turns = asyncio.Event()
        self.turns.set()

    async def turn(self) -> None:
        """When there is one."""
        await self.turns.wait()

    async def deliver(self, topic: str, partition: int, session_id: str, messages: Sequence[Message]) -> int:
        """Two at most."""
        self.under_way += 1
        assert self.under_way == 1
        await self.open.wait()
        self.delivered += messages[:2]
        self.under_way -= 1
        return min(2, len(messages))


def frame(position: int, captured_at: int = 0) -> Audio:
    """A tenth of a second."""
    return Audio(kind="frame", position=position, captured_at=captured_at, language="en", pcm=bytes(3200))


def tape(log: SlowLog, durable: list[int], *, newest: int | Exception = 1) -> Tape:
    """Room for a second; the newest speaker of the session has the generation `newest`."""

    async def generation() -> int:
        if isinstance(newest, Exception):
            raise newest
        return newest

    made = Tape(
        log,
        "s",
        0,
        extent=Extent(),
        capacity_s=1,
        on_durable=lambda: durable.append(made.extent.durable),
        newest=generation,
        stale_s=0,
    )
    return made


async def test_one_delivery_at_a_time_keeps_the_order_and_durable_grows_with_it() -> None:
    log, durable = SlowLog(), list[int]()
    own = tape(log, durable)
    for n in range(5):
        own.put("audio", frame(n * 1600), until=(n + 1) * 1600, samples=1600, generation=1)
    log.open.set()
    await own.drained()
    assert [m.position for m in log.delivered if isinstance(m, Audio)] == [0, 1600, 3200, 4800, 6400]
    assert durable == [3200, 6400, 8000]


async def test_nothing_is_durable_before_it_is_delivered() -> None:
    log = SlowLog()
    own = tape(log, [])
    own.put("audio", frame(0), until=1600, samples=1600, generation=1)
    await asyncio.sleep(0)
    assert (own.extent.durable, own.empty) == (0, False)
    own.cut()


async def test_the_room_is_bounded_and_comes_back() -> None:
    log = SlowLog()
    own = tape(log, [])
    for n in range(10):
        assert own.has_room(1600)
        own.put("audio", frame(n * 1600), until=(n + 1) * 1600, samples=1600, generation=1)
    assert not own.has_room(1600)
    waiting = asyncio.create_task(own.wait_for_room(1600))
    await asyncio.sleep(0)
    log.open.set()
    assert await waiting
    await own.drained()
    assert own.has_room(16_000)


@pytest.mark.parametrize(("newest", "kinds"), [(1, "frame pause"), (2, ""), (ConnectionError(), "frame pause")])
async def test_what_a_speaker_did_counts_no_more_when_a_newer_one_has_the_session_by_then(
    newest: int | Exception, kinds: str
) -> None:
    """A gateway that was stopped wakes up: its pause would cut newer speech, its audio take its place."""
    log = SlowLog()
    own = tape(log, [], newest=newest)
    own.put("audio", frame(0), until=1600, samples=1600, generation=1)
    own.put("audio", Audio(kind="pause", position=1600, captured_at=0, language="en"), generation=1)
    log.open.set()
    await own.drained()
    assert " ".join(message.kind for message in log.delivered) == kinds


async def test_what_waits_is_dropped_for_a_newer_speaker_and_what_is_on_its_way_is_not() -> None:
    log = SlowLog()
    own = tape(log, [])
    own.put("audio", frame(0), until=1600, samples=1600, generation=1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for n in range(1, 6):
        own.put("audio", frame(n * 1600), until=(n + 1) * 1600, samples=1600, generation=1)
    own.drop()
    log.open.set()
    await own.drained()
    assert [m.position for m in log.delivered if isinstance(m, Audio)] == [0]
    assert own.extent.durable == 1600
    assert own.has_room(16_000)


async def test_frames_that_come_before_the_next_departure_go_as_one_record() -> None:
    """What is durable grows by whole frames all the same, and the room of each comes back."""
    log, durable = SlowLog(), list[int]()
    own = tape(log, durable)
    log.open.set()
    log.turns.clear()
    for n in range(3):
        own.put("audio", frame(n * 1600, n * 100), until=(n + 1) * 1600, samples=1600, generation=1)
        await asyncio.sleep(0)
    log.turns.set()
    await own.drained()
    assert [(m.position, m.until) for m in log.delivered if isinstance(m, Audio)] == [(0, 4800)]
    assert durable == [4800]
    assert own.has_room(16_000)


async def test_what_waits_for_a_departure_is_dropped_for_a_newer_speaker() -> None:
    log = SlowLog()
    own = tape(log, [])
    log.open.set()
    log.turns.clear()
    own.put("audio", frame(0), until=1600, samples=1600, generation=1)
    await asyncio.sleep(0)
    own.drop()
    log.turns.set()
    await own.drained()
    assert (log.delivered, own.extent.durable) == ([], 0)
