"""The producer of a gateway. A record that was given to it is delivered, however long that takes."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaProducer

from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.wall_clock import now_ms
from gateway import metrics
from gateway.errors import unavailable
from gateway.kafka.departures import Departures
from gateway.tasks import ended
from schemas.messages import Message
from schemas.topics import AUDIO
from schemas.wire import encode

log = structlog.get_logger()

BATCH_BYTES = 256 * 1024
"""Largest batch; a broker takes 1 MiB by default."""
REQUEST_MS = 10_000
"""Connecting takes no longer, either: a machine that is back is tried again within 4 s, as TCP's pauses grow."""
PROBE_S = 1.0
LONGEST_PAUSE_S = 1.0


class Log(Protocol):
    """What tapes need of Kafka."""

    async def turn(self) -> None:
        """Returns when something may be delivered: what comes until then can go with it."""

    async def deliver(self, topic: str, partition: int, session_id: str, messages: Sequence[Message]) -> int:
        """Delivers the first messages in order, all at once or none; says how many. Never gives up."""


class KafkaLog:
    """One idempotent producer, replaced whenever a delivery fails.

    aiokafka numbers the batches of a partition. A batch that failed leaves a hole in the numbers, so that the broker
    refuses all later ones of this producer: a new one begins anew. What was delivered although it was reported as
    failed is delivered twice; readers trim by position.
    """

    def __init__(self, brokers: str, make_producer: Callable[..., Any] = AIOKafkaProducer) -> None:
        self._brokers = brokers
        self._make_producer = make_producer
        self._producer: asyncio.Future[Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._partitions = 0
        self._departures = Departures()
        self._stopped = False
        self.reachable = False
        """Kafka answered just now."""

    def start(self) -> None:
        """Begins to connect, in the background and for as long as it takes."""
        self._replace(None)
        self._spawn(self._watch())

    async def stop(self) -> None:
        """Closes the connections. Tapes must be done with it before."""
        self._stopped = True  # a delivery that fails now opens no new connection
        await ended(self._tasks)
        if self._producer and self._producer.done() and not self._producer.cancelled():
            await _close(self._producer.result())

    def partitions(self) -> int:
        """Partitions that a new session can have. Raises RefusedError while Kafka is away."""
        if not self.reachable or not self._partitions:
            raise unavailable()
        return self._partitions

    async def turn(self) -> None:
        """Returns at once, or together with all who wait for the next departure."""
        await self._departures.turn()

    async def deliver(self, topic: str, partition: int, session_id: str, messages: Sequence[Message]) -> int:
        """Delivers the first messages in order, all at once or none; says how many. Never gives up."""
        pause = 0.05
        while True:
            assert self._producer is not None, "start() comes first"
            producer = await asyncio.shield(self._producer)
            try:
                return await _deliver(producer, topic, partition, session_id.encode(), messages)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001  # whatever it was: what is acknowledged must be in the log
                log.warning("log.delivery_failed", topic=topic, partition=partition, error=type(error).__name__)
                metrics.LOG_RETRIES.inc()
                self._replace(producer)
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 2, LONGEST_PAUSE_S)

    def _replace(self, failed: Any) -> None:
        current = self._producer
        if self._stopped:
            return
        if current is not None and (not current.done() or current.result() is not failed):
            return
        self._producer = asyncio.get_running_loop().create_future()
        if failed is not None:
            self._spawn(_close(failed))
        self._spawn(self._connect(self._producer))

    async def _connect(self, ready: "asyncio.Future[Any]") -> None:
        while True:
            producer = self._make_producer(
                **kafka_connection(self._brokers),
                acks="all",
                enable_idempotence=True,
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=REQUEST_MS,
                metadata_max_age_ms=30_000,
                connections_max_idle_ms=24 * 3_600_000,
            )
            try:
                await producer.start()
                ready.set_result(producer)
                return
            except asyncio.CancelledError:
                await _close(producer)
                raise
            except Exception as error:  # noqa: BLE001  # as in deliver
                log.warning("log.unreachable", error=type(error).__name__)
                await _close(producer)
                await asyncio.sleep(random.uniform(0.2, LONGEST_PAUSE_S))

    async def _watch(self) -> None:
        while True:
            self.reachable = await self._answers()
            await asyncio.sleep(PROBE_S if self.reachable else PROBE_S / 10)

    async def _answers(self) -> bool:
        producer = self._producer
        if producer is None or not producer.done():
            return False
        client = producer.result().client
        try:
            async with asyncio.timeout(3):
                cluster = await client.fetch_all_metadata()
                self._partitions = len(cluster.partitions_for_topic(AUDIO) or ())
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001  # any failure means that it did not answer
            return False
        return True

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _deliver(producer: Any, topic: str, partition: int, key: bytes, messages: Sequence[Message]) -> int:
    if len(messages) == 1:  # may share a batch with other sessions
        value, headers = encode(topic, messages[0])
        await producer.send_and_wait(topic, value, key=key, partition=partition, headers=headers, timestamp_ms=now_ms())
        return 1
    batch = producer.create_batch()
    count = 0
    for message in messages:
        value, headers = encode(topic, message)
        if batch.append(key=key, value=value, timestamp=now_ms(), headers=headers) is None:
            break
        count += 1
    batch.close()
    await (await producer.send_batch(batch, topic, partition=partition))
    return count


async def _close(producer: Any) -> None:
    with suppress(Exception, asyncio.TimeoutError):
        async with asyncio.timeout(5):
            await producer.stop()
