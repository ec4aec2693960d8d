"""The records that no stage could process: what there is of them, and giving one back to the topic it came from.

`dead-letters` is a log: a letter that was replayed or discarded stays in it, and a LetterSettled behind it says so.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from dragoman.ops.records import reader, until_ends
from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import DragomanError
from schemas import wire
from schemas.messages import MOST_BURIED_BYTES, DeadLetter, End, LetterSettled, Message, Segment, Wanted
from schemas.topics import AUDIO, DEAD_LETTERS
from workers.stage import Record


@dataclass(frozen=True)
class Letter:
    """A dead letter with its place in the log."""

    partition: int
    offset: int
    session_id: str
    dead: DeadLetter

    @property
    def id(self) -> str:
        """`partition:offset` in `dead-letters`."""
        return f"{self.partition}:{self.offset}"

    @property
    def message(self) -> Message | None:
        """What the record said; None when it cannot be decoded."""
        try:
            return wire.decode(self.dead.topic, self.dead.value, self.headers)
        except wire.UndecodableError:
            return None

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers as they were."""
        return [(name, value.encode("latin-1")) for name, value in self.dead.headers.items()]


@dataclass(frozen=True)
class OpenLetter:
    """What a list shows of a letter, without what is in it: thousands of them take little memory."""

    id: str
    code: str
    stage: str
    place: str
    """As `place_of` says it."""
    error: str
    at: int
    """Unix ms."""
    written_at: int
    """When the letter was given to the log, Unix ms."""
    replayable: bool
    """It can be given back; else only discarded."""


class OpenLetters:
    """Those that nobody has seen to and Kafka still keeps, of the records of `dead-letters` as they come."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], OpenLetter] = {}

    def take(self, record: Record) -> None:
        """Takes a letter, or that one was seen to: that stands behind it in its partition."""
        match record.message:
            case DeadLetter() as dead:
                own, code = (record.partition, record.offset), record.session_id.rpartition("-")[0]
                self._found[own] = OpenLetter(
                    id=f"{own[0]}:{own[1]}",
                    code=code or record.session_id,
                    stage=dead.stage,
                    place=place_of(dead),
                    error=dead.error,
                    at=dead.at,
                    written_at=record.written_at,
                    replayable=not only_discarded(dead),
                )
            case LetterSettled(partition=partition, offset=offset):
                self._found.pop((partition, offset), None)

    def forget_before(self, at_ms: float) -> None:
        """Kafka keeps no more what was written before that."""
        self._found = {place: each for place, each in self._found.items() if each.written_at >= at_ms}

    def __iter__(self) -> Iterator[OpenLetter]:
        """Oldest first."""
        return iter(sorted(self._found.values(), key=lambda letter: letter.at))


def place_of(dead: DeadLetter) -> str:
    """`topic:partition:offset` of the record; without an offset where it never was in the topic."""
    place = f"{dead.topic}:{dead.partition}"
    return place if dead.offset < 0 else f"{place}:{dead.offset}"


def only_discarded(dead: DeadLetter) -> str:
    """Why it can never be given back; empty: it can."""
    if dead.offset < 0:
        return "was never in its topic, as Kafka did not take it"
    bare = not (dead.value or dead.headers)  # not even the letter was taken with it
    cut = bare or len(dead.value) >= MOST_BURIED_BYTES
    return "was longer than a letter holds and is cut" if cut else ""


async def letters(kafka: str) -> list[Letter]:
    """The letters that nobody has seen to, oldest first. Raises DragomanError."""
    found: dict[tuple[int, int], Letter] = {}
    settled: set[tuple[int, int]] = set()
    async with reader(kafka, DEAD_LETTERS) as consumer:
        async for record in until_ends(consumer, consumer.assignment()):
            match record.message:
                case DeadLetter() as dead:
                    place = record.partition, record.offset
                    found[place] = Letter(*place, record.session_id, dead)
                case LetterSettled(partition=partition, offset=offset):
                    settled.add((partition, offset))
    return sorted((found[place] for place in found.keys() - settled), key=lambda letter: letter.dead.at)


async def find_letter(kafka: str, wanted: str) -> Letter:
    """The letter with the id `wanted`. Raises DragomanError when there is none that is not seen to."""
    if not re.fullmatch(r"\d+:\d+", wanted):
        raise DragomanError(f"{wanted} is no id of a dead letter: `dead-letters list` shows them, like 3:17")
    for letter in await letters(kafka):
        if letter.id == wanted:
            return letter
    raise DragomanError(f"there is no dead letter {wanted}: it was replayed, discarded, or Kafka no longer keeps it")


async def overtaken(kafka: str, letter: Letter) -> bool:
    """Later records of the same lane stand behind it in its topic: given back now it comes after them.

    Raises DragomanError, also for one that can only be discarded."""
    _check(letter)
    place = TopicPartition(letter.dead.topic, letter.dead.partition)
    async with reader(kafka) as consumer:
        consumer.assign([place])
        first = (await consumer.beginning_offsets([place]))[place]
        consumer.seek(place, max(first, letter.dead.offset + 1))
        async for record in until_ends(consumer, {place}):
            if record.session_id == letter.session_id and _follows(record, letter.message):
                return True
    return False


def _follows(record: Record, lost: Message | None) -> bool:
    """A partial decides nothing, what is revised has no order with anything else, and nothing follows a wish; another
    language is another lane, as far as the letter's is known."""
    message = record.message
    if isinstance(message, Segment) and not message.final:
        return False
    if any(isinstance(each, Wanted) or getattr(each, "revised", False) for each in (message, lost)):
        return False
    if isinstance(message, Segment | End) and isinstance(lost, Segment | End):
        return message.language == lost.language
    return True


def fate(letter: Letter) -> str:
    """What becomes of a letter that is given back although it was overtaken."""
    if letter.dead.topic == AUDIO:
        return "transcribe passes over audio below the session's last final: nothing will come of it"
    return "it will be in the topics and exports, but not reach listeners: their history takes only what is newer"


async def replay_letter(kafka: str, letter: Letter) -> int:
    """Gives the record back to its topic and partition; returns its new offset. Raises DragomanError."""
    _check(letter)
    dead, key = letter.dead, letter.session_id.encode()
    async with _producer(kafka) as producer:
        try:
            sent = await producer.send_and_wait(
                dead.topic, dead.value, key=key, partition=dead.partition, headers=letter.headers
            )
            await _settle(producer, letter, "replayed")
        except KafkaError as error:
            raise DragomanError(f"Kafka at {kafka} refused: {error}") from error
    return int(sent.offset)


async def discard_letter(kafka: str, letter: Letter) -> None:
    """Lists it no longer. Raises DragomanError."""
    async with _producer(kafka) as producer:
        try:
            await _settle(producer, letter, "discarded")
        except KafkaError as error:
            raise DragomanError(f"Kafka at {kafka} refused: {error}") from error


def _check(letter: Letter) -> None:
    if why := only_discarded(letter.dead):
        raise DragomanError(f"{letter.id} {why}: it can only be discarded")


def _producer(kafka: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(**kafka_connection(kafka), acks="all", enable_idempotence=True)


async def _settle(producer: AIOKafkaProducer, letter: Letter, how: Literal["replayed", "discarded"]) -> None:
    """Last, so that a replay that was cut short is listed still."""
    message = LetterSettled(partition=letter.partition, offset=letter.offset, how=how, at=time.time_ns() // 1_000_000)
    value, headers = wire.encode(DEAD_LETTERS, message)
    await producer.send_and_wait(
        DEAD_LETTERS, value, key=letter.session_id.encode(), partition=letter.partition, headers=headers
    )
