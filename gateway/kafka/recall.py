"""Reads back from Kafka what Redis forgot: the sessions, and where the audio of one ends."""

import asyncio
from collections.abc import Callable

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from dragoman.kafka.reading import up_to
from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.wall_clock import now_ms
from schemas.messages import Audio, Session
from schemas.topics import AUDIO, SESSIONS
from schemas.wire import UndecodableError, decode

log = structlog.get_logger()

AGAIN_S = 0.5
WINDOWS_MS = (15_000, 120_000, 1_200_000, 12_000_000, 120_000_000)
"""How far back the end of a session's audio is looked for: a little first, for that is where it mostly is."""
SLACK_MS = 120_000
"""Audio may get so much later into the log than the record of the session says, which is written before it."""

Take = Callable[[ConsumerRecord], None]


class Recall:
    """One consumer in no group, made at first need. Waits while Kafka is away."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._consumer: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def sessions(self, partition: int | None = None) -> list[Session]:
        """The newest version of every session, or of those in one partition."""
        newest: dict[str, Session] = {}

        def take(record: ConsumerRecord) -> None:
            try:
                session = decode(SESSIONS, record.value, record.headers)
            except UndecodableError:
                return
            assert isinstance(session, Session)
            known = newest.get(session.session_id)
            if known is None or version(session) >= version(known):
                newest[session.session_id] = session

        async def read(consumer: AIOKafkaConsumer) -> None:
            places = _places(consumer) if partition is None else [TopicPartition(SESSIONS, partition)]
            await _read(consumer, await consumer.beginning_offsets(places), await consumer.end_offsets(places), take)

        await self._patiently(read)
        return list(newest.values())

    async def end_of_audio(self, session: Session) -> int:
        """Position after the last sample of the session that is in the log."""
        key, place = session.session_id.encode(), TopicPartition(AUDIO, session.partition)
        position = 0

        def take(record: ConsumerRecord) -> None:
            nonlocal position
            if record.key == key:
                position = max(position, _until(record))

        async def read(consumer: AIOKafkaConsumer) -> None:
            end = (await consumer.end_offsets([place]))[place]
            now, oldest = now_ms(), session.updated_at - SLACK_MS
            for window in WINDOWS_MS:
                found = (await consumer.offsets_for_times({place: max(now - window, oldest)}))[place]
                start = found.offset if found else end
                await _read(consumer, {place: start}, {place: end}, take)
                if position or now - window < oldest:
                    return
                end = min(end, start)

        await self._patiently(read)
        return max(position, session.position)

    async def stop(self) -> None:
        """Ends the connection."""
        async with self._one_at_a_time:
            await self._drop()

    async def _patiently(self, read: Callable[[AIOKafkaConsumer], "asyncio.Future[None] | object"]) -> None:
        async with self._one_at_a_time:
            while True:
                try:
                    await read(await self._connected())  # type: ignore[misc]  # a coroutine function
                    return
                except (KafkaError, OSError) as error:
                    log.warning("recall.unreachable", error=type(error).__name__)
                    await self._drop()
                    await asyncio.sleep(AGAIN_S)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                SESSIONS,
                **kafka_connection(self._brokers),
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                fetch_max_wait_ms=50,
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            consumer.unsubscribe()  # having subscribed, it knows the partitions of the topic
            self._consumer = consumer
        return self._consumer

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer:
            await consumer.stop()


def version(session: Session) -> tuple[int, int]:
    """Orders the records of a session: an older speaker's may come late."""
    return session.generation, session.updated_at


def _places(consumer: AIOKafkaConsumer) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(SESSIONS)
    if not numbers:  # the broker does not know the topic yet, which may still have records
        raise UnknownTopicOrPartitionError
    return [TopicPartition(SESSIONS, number) for number in numbers]


async def _read(
    consumer: AIOKafkaConsumer, starts: dict[TopicPartition, int], ends: dict[TopicPartition, int], take: Take
) -> None:
    left = {place for place, start in starts.items() if start < ends[place]}
    if not left:
        return
    consumer.assign(list(left))
    for place in left:
        consumer.seek(place, starts[place])
    async for record in up_to(consumer, {place: ends[place] for place in left}):
        take(record)
    consumer.unsubscribe()  # else the consumer goes on fetching, and the next reading waits for that


def _until(record: ConsumerRecord) -> int:
    try:
        audio = decode(AUDIO, record.value, record.headers)
    except UndecodableError:
        return 0
    return audio.until if isinstance(audio, Audio) else 0
