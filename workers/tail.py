"""Reads back what a partition holds, beside the consumer group: Kafka is the truth where Redis forgot."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas import wire
from workers.stage import Record

log = structlog.get_logger()

POLL_MS = 500
AGAIN_S = 0.5


class Tail:
    """One consumer in no group, made at first need. Waits while Kafka is away."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers.split(",")
        self._consumer: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def since(self, topic: str, partition: int, at_ms: int) -> tuple[list[Record], int]:
        """The records written at or after `at_ms` (Unix ms) that are there now, in order, and the offset behind them.

        What cannot be decoded is left out: the stage that reads the topic sees to it.
        """
        return await self._patiently(TopicPartition(topic, partition), lambda place: self._first(place, at_ms))

    async def after(self, topic: str, partition: int, offset: int) -> tuple[list[Record], int]:
        """The same from `offset` on, as a former call gave it."""

        async def begin(_: TopicPartition) -> int:
            return offset

        return await self._patiently(TopicPartition(topic, partition), begin)

    async def close(self) -> None:
        """Ends the connection."""
        async with self._one_at_a_time:
            await self._drop()

    async def _patiently(
        self, place: TopicPartition, begin: Callable[[TopicPartition], Awaitable[int]]
    ) -> tuple[list[Record], int]:
        async with self._one_at_a_time:
            while True:
                try:
                    await self._connect(place)
                    return await self._read(place, await begin(place))
                except (KafkaError, OSError) as error:
                    log.warning("kafka.away", topic=place.topic, error=type(error).__name__)
                    await self._drop()
                    await asyncio.sleep(AGAIN_S)

    async def _first(self, place: TopicPartition, at_ms: int) -> int:
        """Offset of the first record that was written at or after `at_ms`."""
        assert self._consumer is not None
        found = (await self._consumer.offsets_for_times({place: max(0, at_ms)}))[place]
        return int(found.offset if found else (await self._consumer.end_offsets([place]))[place])

    async def _read(self, place: TopicPartition, offset: int) -> tuple[list[Record], int]:
        consumer = self._consumer
        assert consumer is not None
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, max(offset, (await consumer.beginning_offsets([place]))[place]))
        found: list[Record] = []
        while await consumer.position(place) < end:
            for batch in (await consumer.getmany(place, timeout_ms=POLL_MS)).values():
                found += [record for record in map(_record, batch) if record and record.offset < end]
        return found, end

    async def _connect(self, place: TopicPartition) -> None:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._brokers, auto_offset_reset="earliest", enable_auto_commit=False
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        self._consumer.assign([place])

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer:
            await consumer.stop()


def _record(raw: ConsumerRecord) -> Record | None:
    try:
        message = wire.decode(raw.topic, raw.value, raw.headers)
    except wire.UndecodableError:
        return None
    return Record(
        raw.topic, raw.partition, raw.offset, (raw.key or b"").decode("ascii", "replace"), message, raw.timestamp
    )
