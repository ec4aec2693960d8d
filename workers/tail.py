"""Reads back what a partition holds, beside the consumer group: Kafka is the truth where Redis forgot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Protocol, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupLoadInProgressError, KafkaError

from dragoman.runtime.addresses import kafka_connection
from schemas import wire
from workers.stage import Record
from workers.waiting import FOR_SERVERS

log = structlog.get_logger()
T = TypeVar("T")

RawFilter = Callable[[bytes, bytes], bool]
"""Of a record's key and value: it is to be decoded."""

POLL_MS = 500
AGAIN_S = 0.5
WAIT_MS = 50
"""For so long the broker holds a question for more than there is, and with it the question for the next partition."""


class PieceReader(Protocol):
    """The part of `Tail` that is needed to read on in a partition."""

    async def span(self, topic: str, partition: int, at_ms: int) -> tuple[int, int, int]: ...

    async def piece(
        self, topic: str, partition: int, offset: int, end: int, wanted: RawFilter
    ) -> tuple[list[Record], int]: ...


class Tail:
    """One consumer in no group, made at first need. Waits while Kafka is away."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._consumer: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._one_at_a_time = asyncio.Lock()

    async def since(self, topic: str, partition: int, at_ms: int) -> tuple[list[Record], int]:
        """The records written at or after `at_ms` (Unix ms) that are there now, in order, and the offset behind them.

        What cannot be decoded is left out: the stage that reads the topic sees to it.
        """

        async def read(consumer: AIOKafkaConsumer, place: TopicPartition) -> tuple[list[Record], int]:
            return await _read(consumer, place, await _first(consumer, place, at_ms))

        return await self._patiently(topic, partition, read)

    async def after(self, topic: str, partition: int, offset: int) -> tuple[list[Record], int]:
        """The same from `offset` on, as a former call gave it."""
        return await self._patiently(topic, partition, lambda consumer, place: _read(consumer, place, offset))

    async def bounds(self, topic: str, partition: int, at_ms: int, group: str) -> tuple[int, int]:
        """The offset of what was written at `at_ms`, or the one before it that `group` has not yet committed; and the
        offset behind all that is there now."""

        async def find(consumer: AIOKafkaConsumer, place: TopicPartition) -> tuple[int, int]:
            first, kept, unread = await _at_once(
                _first(consumer, place, at_ms), _kept(consumer, place), self._committed(group, place)
            )
            return min(first, kept if unread < 0 else unread), (await consumer.end_offsets([place]))[place]

        return await self._patiently(topic, partition, find)

    async def span(self, topic: str, partition: int, at_ms: int) -> tuple[int, int, int]:
        """The offset of the first record that is kept, of the first that was written at or after `at_ms`, and the
        offset behind all that is there now."""

        async def find(consumer: AIOKafkaConsumer, place: TopicPartition) -> tuple[int, int, int]:
            kept, first = await _at_once(_kept(consumer, place), _first(consumer, place, at_ms))
            return kept, first, (await consumer.end_offsets([place]))[place]

        return await self._patiently(topic, partition, find)

    async def piece(
        self, topic: str, partition: int, offset: int, end: int, wanted: RawFilter = lambda key, value: True
    ) -> tuple[list[Record], int]:
        """One fetch of the records from `offset` on and below `end`, those that are `wanted`; and where to go on."""

        async def read(consumer: AIOKafkaConsumer, place: TopicPartition) -> tuple[list[Record], int]:
            async with _assigned(consumer, place, offset):
                return await _fetch(consumer, place, end, wanted), await consumer.position(place)

        return await self._patiently(topic, partition, read)

    async def partitions(self, topic: str) -> list[int]:
        """The numbers of a topic's partitions."""

        async def ask(_: AIOKafkaConsumer, place: TopicPartition) -> list[int]:
            (found,) = await (await self._asking()).describe_topics([place.topic])
            return sorted(partition["partition"] for partition in found["partitions"])

        return await self._patiently(topic, 0, ask)

    async def close(self) -> None:
        """Ends the connection."""
        async with self._one_at_a_time:
            await self._drop()

    async def _patiently(
        self, topic: str, partition: int, call: Callable[[AIOKafkaConsumer, TopicPartition], Awaitable[T]]
    ) -> T:
        place = TopicPartition(topic, partition)
        async with self._one_at_a_time:
            while True:
                try:
                    return await call(await self._connected(), place)
                except (KafkaError, OSError) as error:
                    log.warning("kafka.away", topic=place.topic, error=type(error).__name__)
                    await self._drop()
                    with FOR_SERVERS.wait():
                        await asyncio.sleep(AGAIN_S)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **kafka_connection(self._brokers),
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                fetch_max_wait_ms=WAIT_MS,
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer

    async def _committed(self, group: str, place: TopicPartition) -> int:
        """-1 if nothing is. Raises GroupLoadInProgressError while the broker that knows it is not ready."""
        found = await (await self._asking()).list_consumer_group_offsets(group, partitions=[place])
        if place not in found:  # aiokafka does not look at the error of the whole answer
            raise GroupLoadInProgressError
        return int(found[place].offset)

    async def _asking(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**kafka_connection(self._brokers))
            try:
                await admin.start()
            except BaseException:
                await admin.close()
                raise
            self._admin = admin
        return self._admin

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        admin, self._admin = self._admin, None
        with suppress(KafkaError):  # what ended its fetching is raised once more
            if consumer:
                await consumer.stop()
        if admin:
            await admin.close()


async def _first(consumer: AIOKafkaConsumer, place: TopicPartition, at_ms: int) -> int:
    """Offset of the first record that was written at or after `at_ms`."""
    found = (await consumer.offsets_for_times({place: max(0, at_ms)}))[place]
    return int(found.offset if found else (await consumer.end_offsets([place]))[place])


async def _at_once(*questions: Coroutine[None, None, int]) -> list[int]:
    """The answers; after an error nothing is asked any more when it is raised: the connections are dropped then."""
    asking = [asyncio.create_task(question) for question in questions]
    try:
        return await asyncio.gather(*asking)
    finally:
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _kept(consumer: AIOKafkaConsumer, place: TopicPartition) -> int:
    """Offset of the first record that retention has left."""
    return int((await consumer.beginning_offsets([place]))[place])


async def _read(consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> tuple[list[Record], int]:
    end = (await consumer.end_offsets([place]))[place]
    found: list[Record] = []
    async with _assigned(consumer, place, offset):
        while await consumer.position(place) < end:
            found += await _fetch(consumer, place, end)
    return found, end


@asynccontextmanager
async def _assigned(consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> AsyncIterator[None]:
    """Reads from `offset` on, or from the first one that is kept; afterwards it asks for no more, since other questions
    would wait behind that one."""
    consumer.assign([place])
    consumer.seek(place, offset)
    try:
        yield
    finally:
        consumer.pause(place)


async def _fetch(
    consumer: AIOKafkaConsumer, place: TopicPartition, end: int, wanted: RawFilter = lambda key, value: True
) -> list[Record]:
    fetched = (await consumer.getmany(place, timeout_ms=POLL_MS)).values()
    found = [raw for batch in fetched for raw in batch if raw.offset < end and wanted(raw.key or b"", raw.value or b"")]
    return [record for record in map(_record, found) if record]


def _record(raw: ConsumerRecord) -> Record | None:
    try:
        message = wire.decode(raw.topic, raw.value, raw.headers)
    except wire.UndecodableError:
        return None
    return Record(
        raw.topic, raw.partition, raw.offset, (raw.key or b"").decode("ascii", "replace"), message, raw.timestamp
    )
