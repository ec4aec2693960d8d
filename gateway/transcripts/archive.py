"""Reads back from Kafka what was said in a session: the histories in Redis hold the last of it only."""

import asyncio
from collections.abc import Callable

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from dragoman.kafka.reading import up_to
from dragoman.runtime.addresses import kafka_connection
from dragoman.transcripts.said import Finals
from gateway.errors import RefusedError, unavailable
from schemas.messages import End, Message, Session, Translation
from schemas.topics import TRANSCRIPTS, TRANSLATIONS
from schemas.wire import UndecodableError, decode

log = structlog.get_logger()

AT_ONCE = 3
"""Readings at a time: each takes a part of the processor that the sockets need."""
LONGEST_S = 15.0
"""Waiting for one's turn included."""
AT_A_TIME = 500
"""Records between two looks at the sockets."""
MOST_CHARACTERS = 20_000_000
"""Of all languages together: a week of speech in one, some hours in forty."""
FILLED_S = 600.0
"""What was missing may be filled for so long after somebody asked for it."""
BEFORE_MS = 60_000
"""A session's records begin at its creation; clocks of gateways and brokers may differ by this."""

TakeMessage = Callable[[Message], bool]
"""Takes a record and says whether it was the last of interest."""


class SessionReader:
    """One consumer for each reading, in no group."""

    def __init__(self, brokers: str, asked_s: float) -> None:
        """Holes of a session are filled until `asked_s` after its end somebody asks for them for the last time."""
        self._brokers = brokers
        self._late_ms = round((asked_s + FILLED_S) * 1000)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read(self, session: Session, languages: frozenset[str]) -> Finals:
        """All finals until now; `languages`: all that the session is known to have beside its own.

        Raises RefusedError when that takes long, is too much, or Kafka is away.
        """
        try:
            async with asyncio.timeout(LONGEST_S), self._turns:
                return await self._read(session, languages)
        except TimeoutError:
            log.warning("transcript.too_slow", session_id=session.session_id)
        except (KafkaError, OSError) as error:
            log.warning("transcript.unreachable", session_id=session.session_id, error=type(error).__name__)
        raise unavailable()

    async def _read(self, session: Session, languages: frozenset[str]) -> Finals:
        reading = _ReadSession(languages - {session.source_language})
        consumer = AIOKafkaConsumer(**kafka_connection(self._brokers), enable_auto_commit=False)
        try:
            await consumer.start()
            for topic, take in ((TRANSCRIPTS, reading.spoken), (TRANSLATIONS, reading.translated)):
                await _until_last(consumer, session, topic, take, self._late_ms)
        finally:
            await consumer.stop()
        return reading.finals


class _ReadSession:
    """What is known of a session while it is read."""

    def __init__(self, languages: frozenset[str]) -> None:
        """`languages`: all that are known to have been translated into; others are when they occur."""
        self.finals = Finals()
        self._to_end, self._ended = set(languages), set[str]()

    def spoken(self, message: Message) -> bool:
        """Says whether only what is filled can follow in the topic. Raises RefusedError when it is too much."""
        self._take(message)
        if not isinstance(message, End):
            return False
        self._ended.add(message.language)  # whatever was spoken before: into this one nothing is translated any more
        return True

    def translated(self, message: Message) -> bool:
        """The same of the translations, which have an end in each language."""
        self._take(message)
        match message:
            case Translation():
                self._to_end.add(message.language)
            case End():
                self._ended.add(message.language)
                return self._ended >= self._to_end
        return False

    def _take(self, message: Message) -> None:
        self.finals.take(message)
        if self.finals.characters > MOST_CHARACTERS:
            raise RefusedError("forbidden", "This session is too long to be taken here: ask who runs the service.")


async def _until_last(
    consumer: AIOKafkaConsumer, session: Session, topic: str, take: TakeMessage, late_ms: int
) -> None:
    """Reads until `late_ms` after the last record of interest, or the end as of now."""
    place = TopicPartition(topic, session.partition)
    begin = await _offset(consumer, place, session.created_at - BEFORE_MS)
    if begin is None:
        return
    end = (await consumer.end_offsets([place]))[place]
    consumer.assign([place])
    consumer.seek(place, begin)
    key, over, ends = session.session_id.encode(), False, {place: end}
    async for record in up_to(consumer, ends, AT_A_TIME):
        if record.key != key or not (message := _message(record)):
            continue
        if over and not getattr(message, "revised", False):
            continue
        if take(message) and not over:
            over, late = True, await _offset(consumer, place, record.timestamp + late_ms)
            ends[place] = end if late is None else min(end, late)


async def _offset(consumer: AIOKafkaConsumer, place: TopicPartition, at_ms: int) -> int | None:
    """Of the first record that was written then or later, if there is one."""
    found = (await consumer.offsets_for_times({place: max(0, at_ms)}))[place]
    return found.offset if found else None


def _message(record: ConsumerRecord) -> Message | None:
    """None for what cannot be read: the stages have announced it."""
    try:
        return decode(record.topic, record.value, record.headers)
    except UndecodableError:
        return None
