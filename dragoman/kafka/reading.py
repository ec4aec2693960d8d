"""Reads a stretch of partitions whose ends are known beforehand."""

from collections.abc import AsyncIterator, Mapping

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

POLL_MS = 200
"""How long one look waits for records, which are there already."""


async def up_to(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], at_a_time: int | None = None
) -> AsyncIterator[ConsumerRecord]:
    """The records from where the consumer stands in each partition up to its offset in `ends`, which may sink.

    `at_a_time`: records between two looks at whatever else this process does.
    """
    left = set(ends)
    while left := {place for place in left if await consumer.position(place) < ends[place]}:
        for place, batch in (await consumer.getmany(*left, timeout_ms=POLL_MS, max_records=at_a_time)).items():
            for record in batch:
                if record.offset < ends[place]:
                    yield record
