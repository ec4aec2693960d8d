"""How far each stage is behind."""

import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from dragoman.local.ports import free_ports
from dragoman.ops.lag import lag_meter, waiting
from dragoman.runtime.errors import DragomanError
from schemas import wire
from schemas.messages import Audio

ONE, TWO = TopicPartition("audio", 0), TopicPartition("audio", 1)


def test_what_is_committed_does_not_wait():
    assert waiting({ONE: 5}, {ONE: 0}, {ONE: 5}) == []


def test_what_is_not_committed_waits():
    (found,) = waiting({ONE: 5, TWO: 2}, {ONE: 0, TWO: 0}, {ONE: 7, TWO: 2})
    assert (found.partition, found.offset, found.messages) == (ONE, 5, 2)


@pytest.mark.parametrize("committed", [{}, {ONE: -1}])
def test_a_group_that_never_committed_waits_from_the_beginning(committed: dict[TopicPartition, int]):
    (found,) = waiting(committed, {ONE: 3}, {ONE: 7})
    assert (found.offset, found.messages) == (3, 4)


def test_records_that_retention_deleted_wait_no_more():
    (found,) = waiting({ONE: 1}, {ONE: 6}, {ONE: 7})
    assert (found.offset, found.messages) == (6, 1)


async def test_lag_is_the_age_of_the_oldest_record_that_waits(kafka: str):
    """Two frames, spoken 60 s and 50 s ago, the first one settled: 50 s."""
    now = time.time()
    partition = TopicPartition("audio", 1)
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        offsets = []
        for position, age_s in ((0, 60), (1600, 50)):
            captured_at = round((now - age_s) * 1000)
            audio = Audio(kind="frame", position=position, captured_at=captured_at, language="en", pcm=b"\0\0")
            pcm, headers = wire.encode("audio", audio)
            sent = await producer.send_and_wait("audio", pcm, key=b"lag-test", headers=headers, partition=1)
            offsets.append(sent.offset)
    await settle(kafka, "transcribe", partition, offsets[1])
    async with lag_meter(kafka, now=lambda: now) as meter:
        lags = {(lag.stage, lag.topic): lag for lag in await meter.measure()}
    audio_lag = lags["transcribe", "audio"]
    assert audio_lag.messages >= 1
    assert audio_lag.seconds >= 49.9
    assert ("broadcast", "speech") in lags
    await settle(kafka, "transcribe", partition, offsets[1] + 1)


async def test_the_meter_itself_commits_nothing(kafka: str):
    async with lag_meter(kafka) as meter:
        first = await meter.measure()
        assert [lag.messages for lag in await meter.measure()] == [lag.messages for lag in first]


async def test_without_kafka_there_is_one_clear_line():
    (port,) = free_ports(1)
    with pytest.raises(DragomanError, match="does not answer"):
        async with lag_meter(f"127.0.0.1:{port}"):
            pass


async def settle(kafka: str, group: str, partition: TopicPartition, offset: int) -> None:
    async with AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign([partition])
        await consumer.commit({partition: offset})
