"""What a session wrote to Kafka."""

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.messages import Message
from schemas.wire import decode


async def records(
    kafka: str, topic: str, session_id: str, enough: Callable[[list[Message]], bool] = lambda found: True
) -> list[Message]:
    """The session's messages in order, once there are enough of them."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        cluster = await consumer._client.fetch_all_metadata()
        partitions = [TopicPartition(topic, number) for number in cluster.partitions_for_topic(topic)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Message] = []
        async with asyncio.timeout(60):
            while not enough(found) or any([await consumer.position(p) < ends[p] for p in partitions]):
                for batch in (await consumer.getmany(timeout_ms=100)).values():
                    found += [decode(topic, r.value, r.headers) for r in batch if r.key == session_id.encode()]
        return found
    finally:
        await consumer.stop()
