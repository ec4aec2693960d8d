"""How far each stage is behind, computed outside its workers: a dead worker's lag grows, too."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
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

from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.reach import kafka_trouble
from schemas.topics import AUDIO, STAGES

POLL_MS = 2000
COORDINATOR_S = 10.0
COORDINATOR_PAUSE_S = 0.2


LATE_S = {"transcribe": 20.0, "translate": 2.0, "synthesize": 3.0, "broadcast": 1.0}
"""Seconds that a stage may be behind before more workers are asked for. Up to 10 s stand in transcribe while somebody
speaks, as an utterance is settled when it is over; of translate a listener feels more than 2 s; a sentence takes a
second or two to be spoken; broadcast takes milliseconds."""


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
class PartitionLag:
    """One stage and one partition of a topic that it reads."""

    stage: str
    topic: str
    partition: int
    settled: int
    """Offset behind the last record that the stage has settled."""
    messages: int
    """Records that are not settled yet."""
    seconds: float
    """Age of the oldest of them, as in `Lag`; 0 when nothing waits."""


@dataclass(frozen=True)
class Unsettled:
    """How a stage stands in one partition."""

    partition: TopicPartition
    offset: int
    """Of the first record that is not settled, or of the next one to come."""
    messages: int
    """0: everything is settled."""


def waiting(
    committed: Mapping[TopicPartition, int],
    beginning: Mapping[TopicPartition, int],
    end: Mapping[TopicPartition, int],
) -> list[Unsettled]:
    """All partitions; -1 (or nothing) committed means from the beginning."""
    found = []
    for partition, last in end.items():
        first = max(committed.get(partition, -1), beginning[partition])
        found.append(Unsettled(partition, first, max(0, last - first)))
    return found


def folded(partitions: Iterable[PartitionLag]) -> list[Lag]:
    """Of each stage and topic all partitions in one, in the order in which they come."""
    groups: dict[tuple[str, str], list[PartitionLag]] = {}
    for each in partitions:
        groups.setdefault((each.stage, each.topic), []).append(each)
    lags = []
    for (stage, topic), group in groups.items():
        messages, oldest = sum(each.messages for each in group), max(group, key=lambda each: each.seconds)
        where = oldest.partition if messages else None
        lags.append(Lag(stage, topic, messages, oldest.seconds, where))
    return lags


def late(partitions: Iterable[PartitionLag]) -> dict[str, int]:
    """Of each stage, how many partitions are later than may be: more workers than these would have nothing to do.

    One number counts once, whatever topics it is late in: they belong to one worker.
    """
    found: dict[str, set[int]] = {}
    for each in partitions:
        numbers = found.setdefault(each.stage, set())
        if each.seconds > LATE_S[each.stage]:
            numbers.add(each.partition)
    return {stage: len(numbers) for stage, numbers in found.items()}


class LagMeter:
    """Asks Kafka. In no group: it joins nothing and commits nothing."""

    def __init__(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, now: Callable[[], float]) -> None:
        self._admin, self._consumer, self._now = admin, consumer, now
        self._partitions: dict[str, list[TopicPartition]] = {}
        self._since: dict[tuple[TopicPartition, int], int] = {}
        """Partition and offset to Unix ms of the records that wait longest: one that stays there is read once."""

    async def measure(self) -> list[Lag]:
        """Every stage and topic, in the order of the path of a word. Raises DragomanError without the topics."""
        return folded(await self.partitions())

    async def partitions(self) -> list[PartitionLag]:
        """The same of every partition."""
        if not self._partitions:
            self._partitions = await self._describe()
        lags: list[PartitionLag] = []
        wait_longest: dict[tuple[TopicPartition, int], int] = {}
        for stage, topics in STAGES.items():
            places = [place for topic in topics for place in self._partitions[topic]]
            behind = {found.partition: found for found in await self._waiting(stage, places)}
            await self._read_since([found for found in behind.values() if found.messages])
            for found in (behind[place] for place in places):
                place, since = found.partition, self._since.get((found.partition, found.offset))
                seconds = 0.0
                if found.messages and since:
                    wait_longest[place, found.offset] = since
                    seconds = round(max(0.0, self._now() - since / 1000), 3)
                lags.append(PartitionLag(stage, place.topic, place.partition, found.offset, found.messages, seconds))
        self._since = wait_longest
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

    async def _read_since(self, behind: Iterable[Unsettled]) -> None:
        """Notes since when the first record of each waits, of all at once; not of one that was deleted meanwhile."""
        known = self._since
        wanted = {each.partition: each.offset for each in behind if (each.partition, each.offset) not in known}
        if not wanted:
            return
        self._consumer.assign(list(wanted))
        for place, offset in wanted.items():
            self._consumer.seek(place, offset)
        give_up = time.monotonic() + POLL_MS / 1000
        while wanted and time.monotonic() < give_up:
            for place, records in (await self._consumer.getmany(timeout_ms=POLL_MS // 4)).items():
                if records and place in wanted:
                    known[place, wanted.pop(place)] = _since(records[0])


@asynccontextmanager
async def lag_meter(kafka: str, now: Callable[[], float] = time.time) -> AsyncIterator[LagMeter]:
    """A meter on the brokers `host:port,…`. Raises DragomanError."""
    if trouble := await kafka_trouble(kafka):
        raise DragomanError(trouble)
    admin = AIOKafkaAdminClient(**kafka_connection(kafka))
    # Small fetches: only one record of each partition is looked at.
    consumer = AIOKafkaConsumer(
        **kafka_connection(kafka), enable_auto_commit=False, max_partition_fetch_bytes=16 * 1024, fetch_max_wait_ms=50
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


def _since(record: Any) -> int:
    """Unix ms: of audio when it was spoken, of all else when it was written."""
    written: int = record.timestamp
    return _spoken_at(record.headers) or written if record.topic == AUDIO else written


def _spoken_at(headers: Any) -> int | None:
    """`captured_at` of a frame, if it is a number."""
    for name, text in headers:
        if name == "captured_at" and text.isdigit():
            return int(text)
    return None
