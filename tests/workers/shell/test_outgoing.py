"""What leaves a worker while Kafka is there, and while it is away."""

import asyncio
from collections.abc import Awaitable

import msgspec
import pytest
from prometheus_client import REGISTRY

from schemas import wire
from schemas.messages import DeadLetter, End, Message
from tests.workers.driving import everyone_waits, until
from tests.workers.texts import translation
from workers.shell.outgoing import Outgoing
from workers.stage import Emit

NOW_MS = 1_500
END = End(position=0, language="en", ended_at=0)
AWAITED, PASSING = Emit("translations", END), Emit("translations", END, awaited=False)


class Log:
    """Keeps what is sent, and gives out the deliveries for the test to end."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, int, bytes]] = []
        self.deliveries: list[asyncio.Future[None]] = []
        self.error: Exception | None = None

    async def send(
        self, topic: str, *, key: bytes, value: bytes, partition: int, timestamp_ms: int, headers: wire.Headers
    ) -> Awaitable[object]:
        if self.error:
            raise self.error
        assert timestamp_ms == NOW_MS, "the platform's time, whatever the machine's clock says"
        self.sent.append((key, partition, value))
        self.deliveries.append(asyncio.get_running_loop().create_future())
        return self.deliveries[-1]


class Small(Log):
    """Takes records up to a size, and delivers them at once."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self.taken: list[tuple[str, Message]] = []

    async def send(
        self, topic: str, *, key: bytes, value: bytes, partition: int, timestamp_ms: int, headers: wire.Headers
    ) -> Awaitable[object]:
        if len(value) > self._most:
            raise BrokenPipeError
        self.taken.append((topic, wire.decode(topic, value, headers)))
        delivered = asyncio.get_running_loop().create_future()
        delivered.set_result(None)
        return delivered


def to(log: Log, stage: str = "translate") -> Outgoing:
    return Outgoing(stage, log, (ConnectionError,), lambda: NOW_MS, again_s=0.001, unfit=(BrokenPipeError,))


def counted(name: str, stage: str, **more: str) -> float:
    return REGISTRY.get_sample_value(f"dragoman_{name}_total", {"stage": stage, **more}) or 0


def dropped(stage: str, topic: str = "translations") -> float:
    return counted("records_dropped", stage, topic=topic)


async def test_what_is_awaited_is_produced_when_it_is_delivered() -> None:
    log = Log()
    producing = asyncio.create_task(to(log).produce(3, "s", AWAITED))
    await until(lambda: log.deliveries)
    await everyone_waits()
    assert not producing.done()
    log.deliveries[0].set_result(None)
    await producing
    assert log.sent == [(b"s", 3, wire.encode("translations", END)[0])]


async def test_what_is_awaited_is_sent_until_it_is_delivered() -> None:
    log = Log()
    log.error = ConnectionError()
    producing = asyncio.create_task(to(log, "waits").produce(3, "s", AWAITED))
    await everyone_waits()
    log.error = None
    await until(lambda: log.deliveries)
    log.deliveries[0].set_exception(ConnectionError())
    await until(lambda: len(log.deliveries) == 2)
    log.deliveries[1].set_result(None)
    await producing
    assert counted("records_sent_again", "waits", topic="translations", error="ConnectionError") >= 2


async def test_what_kafka_never_takes_is_buried_and_its_hole_announced_so_that_its_lane_goes_on() -> None:
    log, stage, long = Small(2_000), "too-large", translation(0, "long " * 1_000)
    await to(log, stage).produce(3, "s", Emit("translations", long))
    (_, bare), (topic, hole) = log.taken
    assert isinstance(bare, DeadLetter)
    assert (bare.stage, bare.topic, bare.partition, bare.offset, bare.at) == (stage, "translations", 3, -1, NOW_MS)
    assert bare.error.startswith("BrokenPipeError: ")
    assert bare.value == b"", "a letter with the record in it would be too large, too"
    nothing = {"outcome": "failed", "reason": "engine", "text": "", "source_text": "", "stable_chars": 0}
    assert (topic, hole) == ("translations", msgspec.structs.replace(long, **nothing))
    assert (counted("dead_letters", stage), dropped(stage)) == (1, 0)
    produced = [counted("records_produced", stage, topic=topic) for topic in ("translations", "dead-letters")]
    assert produced == [1, 1], "what was taken: the hole and the bare letter"


async def test_where_not_even_a_bare_letter_is_taken_it_is_counted_and_the_lane_goes_on() -> None:
    log, stage = Small(10), "tiny"
    await to(log, stage).produce(3, "s", Emit("translations", END))
    assert log.taken == []
    assert dropped(stage, "dead-letters") == 1


async def test_what_is_not_awaited_holds_up_nobody_and_its_loss_is_counted() -> None:
    log, stage = Log(), "hands-over"
    outgoing = to(log, stage)
    await outgoing.produce(3, "s", PASSING)
    assert dropped(stage) == 0
    log.deliveries[0].set_exception(ConnectionError())
    await until(lambda: dropped(stage) == 1)
    log.error = ConnectionError()
    await outgoing.produce(3, "s", PASSING)
    assert dropped(stage) == 2
    assert len(log.sent) == 1


async def test_an_error_that_no_waiting_mends_is_raised() -> None:
    log = Log()
    log.error = ValueError("not for this partition")
    with pytest.raises(ValueError, match="not for this partition"):
        async with asyncio.timeout(60):
            await to(log).produce(3, "s", AWAITED)
