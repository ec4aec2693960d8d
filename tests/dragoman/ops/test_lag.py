"""How far each stage is behind."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from dragoman.local.ports import free_ports
from dragoman.ops.lag import LATE_S, Lag, LagMeter, PartitionLag, folded, lag_meter, late, waiting
from dragoman.runtime.errors import DragomanError
from schemas import wire
from schemas.messages import Audio
from schemas.topics import STAGES
from tests.workers.worker_process import connected

ONE, TWO = TopicPartition("audio", 0), TopicPartition("audio", 1)


def test_what_is_committed_does_not_wait():
    (found,) = waiting({ONE: 5}, {ONE: 0}, {ONE: 5})
    assert (found.offset, found.messages) == (5, 0)


def test_a_group_that_is_ahead_of_a_log_that_began_anew_does_not_wait_for_less_than_nothing():
    (found,) = waiting({ONE: 9}, {ONE: 0}, {ONE: 2})
    assert found.messages == 0


def test_a_topic_is_as_late_as_its_latest_partition():
    partitions = [PartitionLag("translate", "transcripts", number, 0, number, number * 1.5) for number in range(3)]
    idle = PartitionLag("broadcast", "speech", 0, 7, 0, 0.0)
    assert folded([*partitions, idle]) == [
        Lag("translate", "transcripts", 3, 3.0, 2),
        Lag("broadcast", "speech", 0, 0.0, None),
    ]


def test_what_is_not_committed_waits():
    found, _ = waiting({ONE: 5, TWO: 2}, {ONE: 0, TWO: 0}, {ONE: 7, TWO: 2})
    assert (found.partition, found.offset, found.messages) == (ONE, 5, 2)


@pytest.mark.parametrize("committed", [{}, {ONE: -1}])
def test_a_group_that_never_committed_waits_from_the_beginning(committed: dict[TopicPartition, int]):
    (found,) = waiting(committed, {ONE: 3}, {ONE: 7})
    assert (found.offset, found.messages) == (3, 4)


def test_records_that_retention_deleted_wait_no_more():
    (found,) = waiting({ONE: 1}, {ONE: 6}, {ONE: 7})
    assert (found.offset, found.messages) == (6, 1)


def test_late_are_as_many_workers_as_could_help():
    """One stuck partition asks for one, however late it is; one number in several topics belongs to one worker."""
    assert LATE_S.keys() == STAGES.keys()
    stuck = [PartitionLag("translate", "transcripts", 0, 0, 900, 3600.0)]
    borne = [PartitionLag("translate", "transcripts", number, 0, 1, LATE_S["translate"]) for number in range(1, 64)]
    both = [PartitionLag("broadcast", topic, 5, 0, 1, 1.5) for topic in ("translations", "speech")]
    other = PartitionLag("broadcast", "speech", 6, 0, 1, 1.5)
    assert late([*stuck, *borne, *both, other]) == {"translate": 1, "broadcast": 2}


class AskedKafka:
    """In place of aiokafka's clients: 64 partitions in which two records wait for everybody, written at 1 s."""

    def __init__(self) -> None:
        self.assigned: list[int] = []
        """How many partitions were looked at, each time."""
        self._places: list[TopicPartition] = []

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [{"topic": name, "partitions": [{"partition": number} for number in range(64)]} for name in names]

    async def list_consumer_group_offsets(self, _: str, partitions: list[TopicPartition]) -> dict[TopicPartition, Any]:
        return {place: SimpleNamespace(offset=5) for place in partitions}

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 7)

    def assign(self, places: list[TopicPartition]) -> None:
        self.assigned.append(len(places))
        self._places = places

    def seek(self, _: TopicPartition, offset: int) -> None:
        assert offset == 5

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        some, self._places = self._places[:40], self._places[40:]
        return {place: [SimpleNamespace(topic=place.topic, timestamp=1000, headers=[])] for place in some}


async def test_many_partitions_are_read_at_once_and_what_stays_where_it_is_only_once():
    asked, clock = AskedKafka(), [3.0]
    meter = LagMeter(asked, asked, now=lambda: clock[0])
    assert {(lag.messages, lag.seconds) for lag in await meter.partitions()} == {(2, 2.0)}
    assert asked.assigned == [64, 64, 64, 64], "audio, transcripts, translations, and for broadcast only speech"
    clock[0] = 9.0
    assert {lag.seconds for lag in await meter.partitions()} == {8.0}
    assert len(asked.assigned) == 4


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


async def test_lag_is_right_whatever_becomes_of_the_worker_and_of_the_log(kafka: str):
    """Nobody works at first: that is what a dead worker looks like from outside."""
    place, now = TopicPartition("speech", 3), time.time()

    async def standing(in_s: float) -> tuple[int, float]:
        clock[0] = now + in_s
        (found,) = [p for p in await meter.partitions() if (p.stage, p.topic, p.partition) == ("broadcast", *place)]
        return found.messages, found.seconds

    clock = [now]
    async with (
        lag_meter(kafka, now=lambda: clock[0]) as meter,
        AIOKafkaProducer(bootstrap_servers=kafka) as producer,
        connected(kafka) as broker,
    ):
        (end,) = (await _ends(kafka, place)).values()
        await settle(kafka, "broadcast", place, end)
        assert await standing(0) == (0, 0)
        assert await standing(600) == (0, 0), "an idle topic does not get older"
        for age_s in (30, 20):
            at = round((now - age_s) * 1000)
            await producer.send_and_wait("speech", b"spoken", key=b"lag", partition=3, timestamp_ms=at)
        assert await standing(0) == (2, pytest.approx(30, abs=0.01))
        assert await standing(5) == (2, pytest.approx(35, abs=0.01)), "it grows without a worker and without records"
        await settle(kafka, "broadcast", place, end + 1)
        assert await standing(5) == (1, pytest.approx(25, abs=0.01))
        await settle(kafka, "broadcast", place, end)
        assert await standing(5) == (2, pytest.approx(35, abs=0.01)), "set back, for example to play it again"
        await broker.emptied("speech", 3)
        assert await standing(5) == (0, 0), "what retention took waits for nobody"


async def _ends(kafka: str, *places: TopicPartition) -> dict[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
        return dict(await consumer.end_offsets(places))


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
