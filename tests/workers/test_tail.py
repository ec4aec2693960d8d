"""Reading back what a partition of a real Kafka holds."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from schemas.messages import End
from tests.workers.worker_process import Kafka, connected
from workers.tail import Tail

PARTITION = 3


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    async with connected(kafka) as broker:
        yield broker


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


async def test_a_partition_without_records_is_empty(tail: Tail) -> None:
    assert await tail.since("dead-letters", PARTITION, 0) == ([], 0)
