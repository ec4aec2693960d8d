"""Reading back what a partition of a real Kafka holds."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from schemas.messages import End
from tests.conftest import PARTITIONS
from tests.processes import until
from tests.workers.worker_process import Kafka
from workers.tail import Tail, _at_once
from workers.waiting import FOR_SERVERS

PARTITION = 3


@pytest.fixture
async def tail(kafka: str) -> AsyncIterator[Tail]:
    tail = Tail(kafka)
    yield tail
    await tail.close()


def end(position: int) -> End:
    return End(position=position, language="en", ended_at=0)


async def test_records_since_a_time_and_after_an_offset_come_in_order(broker: Kafka, tail: Tail) -> None:
    session_id = f"calm-otter-{uuid4().hex[:6]}"
    for position in range(3):
        await broker.send("transcripts", session_id, end(position), PARTITION)
    await broker.send_raw("transcripts", session_id, b"no message", [], PARTITION)
    found, behind = await tail.since("transcripts", PARTITION, 0)
    ours = [record for record in found if record.session_id == session_id]
    assert [record.message for record in ours] == [end(0), end(1), end(2)]
    assert {(record.topic, record.partition) for record in ours} == {("transcripts", PARTITION)}

    assert await tail.after("transcripts", PARTITION, behind) == ([], behind)
    offset = await broker.send("transcripts", session_id, end(3), PARTITION)
    found, further = await tail.after("transcripts", PARTITION, behind)
    assert ([record.offset for record in found], further) == ([offset], behind + 1)

    later, behind = await tail.since("transcripts", PARTITION, ours[-1].written_at + 1)
    assert [record.message for record in later if record.session_id == session_id] in ([end(3)], [])
    assert behind == further


async def test_nothing_that_is_new_enough_is_no_records(broker: Kafka, tail: Tail) -> None:
    offset = await broker.send("transcripts", "calm-otter-x", end(0), PARTITION)
    assert await tail.since("transcripts", PARTITION, 2**45) == ([], offset + 1)


async def test_a_partition_without_records_is_empty(broker: Kafka, tail: Tail) -> None:
    behind = await broker.emptied("transcripts", PARTITION)
    assert await tail.since("transcripts", PARTITION, 0) == ([], behind)


async def committed(kafka: str, group: str, topic: str, offset: int) -> None:
    """Has `group` commit."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(topic, PARTITION)])
    await consumer.commit({TopicPartition(topic, PARTITION): offset})
    await consumer.stop()


async def test_what_the_group_has_not_committed_is_within_the_bounds_however_old(
    kafka: str, broker: Kafka, tail: Tail
) -> None:
    group = f"group-{uuid4().hex[:6]}"
    oldest = await broker.emptied("transcripts", PARTITION)
    await broker.send("transcripts", "calm-otter-x", end(0), PARTITION)
    offset = await broker.send("transcripts", "calm-otter-x", end(0), PARTITION)
    assert await tail.bounds("transcripts", PARTITION, 2**45, group) == (oldest, offset + 1)
    await committed(kafka, group, "transcripts", offset)
    assert await tail.bounds("transcripts", PARTITION, 2**45, group) == (offset, offset + 1)
    await committed(kafka, group, "transcripts", offset + 1)
    assert await tail.bounds("transcripts", PARTITION, 2**45, group) == (offset + 1, offset + 1)
    first, _ = await tail.bounds("transcripts", PARTITION, 0, group)
    assert first <= offset


async def test_pieces_from_the_beginning_up_to_an_end_are_all_there_was(broker: Kafka, tail: Tail) -> None:
    session_id = f"calm-otter-{uuid4().hex[:6]}"
    offsets = [await broker.send("transcripts", session_id, end(position), PARTITION) for position in range(3)]
    found, offset = [], 0
    while offset < offsets[-1]:
        records, offset = await tail.piece("transcripts", PARTITION, offset, offsets[-1])
        found += [record.offset for record in records if record.session_id == session_id]
    assert found == offsets[:-1]


async def test_the_partitions_of_a_topic_are_known(tail: Tail) -> None:
    assert await tail.partitions("speech") == list(range(PARTITIONS))


async def test_questions_that_are_asked_at_once_end_together() -> None:
    ended = asyncio.Event()

    async def long() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    async def failing() -> int:
        await asyncio.sleep(0)
        raise KafkaConnectionError

    with pytest.raises(KafkaConnectionError):
        await _at_once(long(), failing())
    assert ended.is_set()


async def test_what_waits_for_a_kafka_that_is_away_is_not_stuck() -> None:
    away = Tail("127.0.0.1:9")
    asking = asyncio.create_task(away.after("transcripts", PARTITION, 0))
    await until(lambda: FOR_SERVERS.over_s == 0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await away.close()
