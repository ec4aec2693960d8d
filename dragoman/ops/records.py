"""Reads topics from outside: no consumer group, nothing committed, nobody disturbed."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from dragoman.kafka.reading import up_to
from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.reach import kafka_trouble
from schemas import wire
from schemas.messages import Session
from schemas.topics import SESSIONS
from workers.stage import Record

BEFORE_MS = 60_000
"""A session's records begin at its creation; clocks of gateways and brokers may differ by this."""

FOLLOW_MS, FOLLOWED = 500, 1_000
"""How long one look waits for records that are to come, and how many it takes."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def reader(kafka: str, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of all of `topics` (or of what is assigned later), in no group. Raises DragomanError."""
    if trouble := await kafka_trouble(kafka):
        raise DragomanError(trouble)
    consumer = AIOKafkaConsumer(
        *topics, **kafka_connection(kafka), auto_offset_reset="earliest", enable_auto_commit=False
    )
    try:
        await consumer.start()
        yield consumer
    except KafkaError as error:
        raise DragomanError(f"Kafka at {kafka} refused: {error}") from error
    finally:
        await consumer.stop()


async def find_session(kafka: str, wanted: str) -> Session:
    """The session with the code or id `wanted`; of several with the code the newest. Raises DragomanError."""
    found: dict[str, Session] = {}
    async with reader(kafka, SESSIONS) as consumer:
        async for record in until_ends(consumer, consumer.assignment()):
            if isinstance(record.message, Session):
                found[record.session_id] = record.message
    matching = [session for session in found.values() if matches(session, wanted)]
    if not matching:
        raise DragomanError(
            f"there is no session {wanted} here: check its code, or give the --data or --kafka with which it was held"
        )
    newest = max(matching, key=lambda session: session.created_at)
    if newest.deleted:
        raise DragomanError(f"{newest.code} was deleted by its speaker: what was said is for nobody any more")
    return newest


def matches(session: Session, wanted: str) -> bool:
    """`wanted` is the session's id, or its code in any spelling: codes ignore case, spaces and hyphens."""
    return wanted == session.session_id or _plain(wanted) == _plain(session.code)


async def records(
    kafka: str, session: Session, topic: str, passed_over: Callable[[], object] = lambda: None
) -> AsyncGenerator[Record, None]:
    """All records of `session` in `topic` that are there now, in order; what cannot be read is passed over."""
    partition = TopicPartition(topic, session.partition)
    async with reader(kafka) as consumer:
        starts = await consumer.offsets_for_times({partition: max(0, session.created_at - BEFORE_MS)})
        start = starts.get(partition)
        if start is None:
            return
        consumer.assign([partition])
        consumer.seek(partition, start.offset)
        own = session.session_id.encode()
        async for raw in up_to(consumer, await consumer.end_offsets([partition])):
            if raw.key != own:
                continue
            if (record := _record(raw)) is None:
                passed_over()
            else:
                yield record


async def written_since(kafka: str, topic: str, at_ms: int) -> AsyncGenerator[Record, None]:
    """All records of a topic that were written from `at_ms` (Unix ms) on and are there now, each partition in order."""
    async with reader(kafka, topic) as consumer:
        partitions = consumer.assignment()
        starts = await consumer.offsets_for_times(dict.fromkeys(partitions, max(0, at_ms)))
        for partition, start in starts.items():
            if start is None:
                await consumer.seek_to_end(partition)
            else:
                consumer.seek(partition, start.offset)
        async for raw in up_to(consumer, await consumer.end_offsets(partitions)):
            if raw.timestamp >= at_ms and (record := _record(raw)) is not None:  # an older one may stand behind it
                yield record


async def followed(kafka: str, since_ms: Mapping[str, int]) -> AsyncGenerator[list[Record], None]:
    """The records of topics from a time on (Unix ms), and for ever what comes then, each partition in order.

    In batches, the first one empty: the topics can be read. Raises DragomanError, also for want of a right.
    """
    async with reader(kafka, *since_ms) as consumer:
        partitions = consumer.assignment()
        starts = await consumer.offsets_for_times({place: max(0, since_ms[place.topic]) for place in partitions})
        for place, start in starts.items():
            if start is None:
                await consumer.seek_to_end(place)
            else:
                consumer.seek(place, start.offset)
        yield []
        while True:
            for batch in (await consumer.getmany(timeout_ms=FOLLOW_MS, max_records=FOLLOWED)).values():
                yield [record for raw in batch if (record := _record(raw)) is not None]


async def until_ends(consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]) -> AsyncIterator[Record]:
    """The records of all `partitions` from where the consumer stands up to their current ends."""
    async for raw in up_to(consumer, await consumer.end_offsets(partitions)):
        if (record := _record(raw)) is not None:
            yield record


def _record(raw: ConsumerRecord) -> Record | None:
    """None, with a warning, for what cannot be read."""
    try:
        message = wire.decode(raw.topic, raw.value, raw.headers)
    except wire.UndecodableError as error:
        log.warning("record.passed_over", topic=raw.topic, offset=raw.offset, error=str(error))
        return None
    key = (raw.key or b"").decode("ascii", "replace")
    return Record(raw.topic, raw.partition, raw.offset, key, message, raw.timestamp)


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()
