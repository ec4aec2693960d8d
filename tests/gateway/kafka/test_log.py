"""The log never gives up, with a producer that fails as told."""

import asyncio
from typing import Any

from aiokafka.errors import OutOfOrderSequenceNumber

from gateway.kafka.log import KafkaLog
from schemas.messages import Audio


class Broker:
    """What all producers of a test share."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.taken: list[int] = []
        self.producers: list[Producer] = []

    def make(self, **_: Any) -> "Producer":
        """In place of AIOKafkaProducer."""
        self.producers.append(Producer(self))
        return self.producers[-1]


class Batch:
    """Holds three records."""

    def __init__(self) -> None:
        self.records: list[bytes] = []

    def append(self, *, key: bytes, value: bytes, timestamp: None, headers: list[Any]) -> object:
        """None when it is full."""
        if len(self.records) == 3:
            return None
        self.records.append(dict(headers)["position"])
        return self

    def close(self) -> None:
        """Nothing follows."""


class Producer:
    """Refuses everything once something failed, as one whose numbers have a hole."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._broken = self.stopped = False

    async def start(self) -> None:
        """Connects."""

    async def stop(self) -> None:
        """Closes."""
        self.stopped = True

    def create_batch(self) -> Batch:
        """An empty one."""
        return Batch()

    async def send_and_wait(self, topic: str, value: bytes, *, headers: list[Any], **_: Any) -> None:
        """One record."""
        self._take([dict(headers)["position"]])

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[None]":
        """Several at once or none."""
        self._take(batch.records)
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    def _take(self, records: list[bytes]) -> None:
        if self._broker.failures or self._broken:
            self._broker.failures = max(0, self._broker.failures - 1)
            self._broken = True
            raise OutOfOrderSequenceNumber
        self._broker.taken += [int(record) for record in records]


def frames(count: int) -> list[Audio]:
    """Frames at 0, 1600 …"""
    return [Audio(kind="frame", position=n * 1600, captured_at=0, language="en", pcm=b"ab") for n in range(count)]


async def test_a_failed_delivery_is_tried_again_by_a_new_producer() -> None:
    broker = Broker(failures=2)
    log = KafkaLog("nowhere:1", broker.make)
    log.start()
    assert await log.deliver("audio", 0, "s", frames(1)) == 1
    await log.stop()
    assert broker.taken == [0]
    assert len(broker.producers) == 3
    assert all(producer.stopped for producer in broker.producers)


async def test_several_are_delivered_at_once_as_far_as_a_batch_goes() -> None:
    broker = Broker(failures=1)
    log = KafkaLog("nowhere:1", broker.make)
    log.start()
    assert await log.deliver("audio", 0, "s", frames(5)) == 3
    await log.stop()
    assert broker.taken == [0, 1600, 3200]


async def test_sessions_that_fail_together_share_the_new_producer() -> None:
    broker = Broker(failures=1)
    log = KafkaLog("nowhere:1", broker.make)
    log.start()
    await asyncio.gather(*(log.deliver("audio", 0, f"s{n}", frames(1)) for n in range(5)))
    await log.stop()
    assert len(broker.taken) == 5
    assert len(broker.producers) == 2
