"""How far each stage is behind, computed outside its workers: a dead worker's lag grows, too."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
)

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.reach import kafka_trouble
from schemas.topics import AUDIO, STAGES

POLL_MS = 2000
COORDINATOR_S = 10.0
COORDINATOR_PAUSE_S = 0.2


@dataclass(frozen=True)
class Lag:
    """One stage and one topic that it reads."""

    stage: str
    topic: str
    messages: int
    """Records that are not settled yet, in all partitions."""
    seconds: float
    """Age of the oldest of them: `audio` from when it was spoken, the others from when they were written."""
    partition: int | None
    """Where that oldest one is; None when nothing waits."""


@dataclass(frozen=True)
class Unsettled:
    """What of one partition is not settled by a stage."""

    partition: TopicPartition
    offset: int
    """Of the first record that is not settled."""
    messages: int


def waiting(
    committed: Mapping[TopicPartition, int],
    beginning: Mapping[TopicPartition, int],
    end: Mapping[TopicPartition, int],
) -> list[Unsettled]:
    """The partitions where something waits; -1 (or nothing) committed means from the beginning."""
    found = []
    for partition, last in end.items():
        first = max(committed.get(partition, -1), beginning[partition])
        if first < last:
            found.append(Unsettled(partition, first, last - first))
    return found


class LagMeter:
    """Asks Kafka. In no group: it joins nothing and commits nothing."""

    def __init__(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, now: Callable[[], float]) -> None:
        self._admin, self._consumer, self._now = admin, consumer, now
        self._partitions: dict[str, list[TopicPartition]] = {}

    async def measure(self) -> list[Lag]:
        """Every stage and topic, in the order of the path of a word. Raises DragomanError without the topics."""
        if not self._partitions:
            self._partitions = await self._describe()
        lags = []
        for stage, topics in STAGES.items():
            partitions = [partition for topic in topics for partition in self._partitions[topic]]
            behind = await self._waiting(stage, partitions)
            lags += [
                await self._lag(stage, topic, [w for w in behind if w.partition.topic == topic]) for topic in topics
            ]
        return lags

    async def _describe(self) -> dict[str, list[TopicPartition]]:
        wanted = sorted({topic for topics in STAGES.values() for topic in topics})
        answers: list[Any] = await self._admin.describe_topics(wanted)
        found = {
            answer["topic"]: [TopicPartition(answer["topic"], p["partition"]) for p in answer["partitions"]]
            for answer in answers
        }
        if missing := [topic for topic in wanted if not found.get(topic)]:
            raise DragomanError(f"this Kafka has no topic {', '.join(missing)}: create them with `dragoman topics`")
        return found

    async def _waiting(self, stage: str, partitions: list[TopicPartition]) -> list[Unsettled]:
        committed = await self._committed(stage, partitions)
        # The end is asked last: what is settled in between must not look negative.
        beginning = await self._consumer.beginning_offsets(partitions)
        return waiting(committed, beginning, await self._consumer.end_offsets(partitions))

    async def _committed(self, stage: str, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """A broker that never had a group makes the place for offsets when it is first asked: that takes a moment."""
        give_up = time.monotonic() + COORDINATOR_S
        while True:
            try:
                offsets = await self._admin.list_consumer_group_offsets(stage, partitions=partitions)
            except (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError, GroupLoadInProgressError):
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(COORDINATOR_PAUSE_S)
            else:
                return {partition: entry.offset for partition, entry in offsets.items()}

    async def _lag(self, stage: str, topic: str, behind: list[Unsettled]) -> Lag:
        oldest = [(await self._since(wait), wait.partition.partition) for wait in behind]
        since, partition = min(oldest, default=(None, None), key=lambda pair: pair[0])
        seconds = 0.0 if since is None else max(0.0, self._now() - since / 1000)
        return Lag(stage, topic, sum(wait.messages for wait in behind), round(seconds, 3), partition)

    async def _since(self, wait: Unsettled) -> int:
        """Unix ms of the first record that waits; now if it was deleted meanwhile."""
        self._consumer.assign([wait.partition])
        self._consumer.seek(wait.partition, wait.offset)
        found = await self._consumer.getmany(wait.partition, timeout_ms=POLL_MS, max_records=1)
        for record in found.get(wait.partition, []):
            return _spoken_at(record.headers) or record.timestamp if wait.partition.topic == AUDIO else record.timestamp
        return round(self._now() * 1000)


@asynccontextmanager
async def lag_meter(kafka: str, now: Callable[[], float] = time.time) -> AsyncIterator[LagMeter]:
    """A meter on the brokers `host:port,…`. Raises DragomanError."""
    if trouble := await kafka_trouble(kafka):
        raise DragomanError(trouble)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    # Small fetches: only one record of each partition is looked at.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, max_partition_fetch_bytes=16 * 1024, fetch_max_wait_ms=50
    )
    try:
        await admin.start()
        await consumer.start()
        yield LagMeter(admin, consumer, now)
    except KafkaError as error:
        raise DragomanError(f"Kafka at {kafka} refused: {error}") from error
    finally:
        await consumer.stop()
        await admin.close()


def _spoken_at(headers: Any) -> int | None:
    """`captured_at` of a frame, if it is a number."""
    for name, text in headers:
        if name == "captured_at" and text.isdigit():
            return int(text)
    return None
