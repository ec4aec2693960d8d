"""Which partitions a worker has, and which each session uses: whom a fault touches, asked of Kafka."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from dragoman.kafka.reading import up_to
from dragoman.ops.records import reader
from schemas import wire
from schemas.messages import Session
from schemas.topics import SESSIONS


async def partitions_of(kafka: str, stage: str, name: str) -> frozenset[int]:
    """Numbers of the partitions that the worker `name` has now."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([stage])
    finally:
        await admin.close()
    members = [member for group in answer.groups for member in group[5]]  # behind error, id, state, type, protocol
    own = [member[-1] for member in members if f"-{name}-" in member[0]]  # assignment, id
    assigned = [ConsumerProtocolMemberAssignment.decode(assignment).assignment for assignment in own]
    return frozenset(number for topics in assigned for _, numbers in topics for number in numbers)


async def busy(kafka: str, stage: str, names: Sequence[str], codes: Sequence[str]) -> tuple[str, frozenset[int]]:
    """The first of these workers that has a partition which one of the sessions uses, and all of its partitions.

    Without one: the first, and nothing. Raises DragomanError, KafkaError.
    """
    partitions = await partitions_by_code(kafka)
    used = {partitions[code] for code in codes if code in partitions}
    for name in names:
        if used & (own := await partitions_of(kafka, stage, name)):
            return name, own
    return names[0], frozenset()


async def partitions_by_code(kafka: str) -> dict[str, int]:
    """The partition of every session that there ever was. Raises DragomanError."""
    found: dict[str, int] = {}
    async with reader(kafka, SESSIONS) as consumer:
        async for record in up_to(consumer, await consumer.end_offsets(consumer.assignment())):
            message = wire.decode(SESSIONS, record.value, record.headers) if record.value else None
            if isinstance(message, Session):
                found[message.code] = message.partition
    return found
