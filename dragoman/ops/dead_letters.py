"""The records that no stage could process: found, given back to their stage, or put aside."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from dragoman.ops.records import all_records, records_after
from dragoman.runtime.errors import DragomanError
from schemas import wire
from schemas.messages import Audio, DeadLetter, End, LetterClosed, Message, Segment
from schemas.topics import DEAD_LETTERS

MOST_BYTES = 500_000
"""A letter holds no more of a value: a longer one was cut and cannot be given back."""
Origin = tuple[str, str, int, int]


@dataclass(frozen=True)
class Letter:
    """A dead letter, and where it lies."""

    partition: int
    offset: int
    session_id: str
    dead: DeadLetter

    @property
    def id(self) -> str:
        """What a person calls it."""
        return f"{self.partition}:{self.offset}"

    @property
    def session(self) -> str:
        """Code of the session."""
        return self.session_id.rpartition("-")[0] or self.session_id

    @property
    def message(self) -> Message | None:
        """What the record said; None when it cannot be decoded."""
        headers = [(name, text.encode("latin-1")) for name, text in self.dead.headers.items()]
        try:
            return wire.decode(self.dead.topic, self.dead.value, headers)
        except (wire.UndecodableError, KeyError):
            return None


async def open_letters(kafka: str) -> list[Letter]:
    """Those that nobody has dealt with, oldest first; of several about one record the last. Raises DragomanError."""
    letters: dict[Origin, Letter] = {}
    closed: set[Origin] = set()
    async with aclosing(all_records(kafka, DEAD_LETTERS)) as records:
        async for record in records:
            match record.message:
                case DeadLetter() as dead:
                    letters[_origin(dead)] = Letter(record.partition, record.offset, record.session_id, dead)
                case LetterClosed() as done:
                    closed.add(_origin(done))
    left = [letter for origin, letter in letters.items() if origin not in closed]
    return sorted(left, key=lambda letter: letter.dead.at)


async def find_letter(kafka: str, wanted: str) -> Letter:
    """The open letter with the id `wanted`. Raises DragomanError."""
    for letter in await open_letters(kafka):
        if letter.id == wanted:
            return letter
    raise DragomanError(f"there is no dead letter {wanted}, or it was dealt with: see `dragoman dead-letters list`")


async def overtaken(kafka: str, letter: Letter) -> bool:
    """Later records of its lane stand behind it in its topic: what comes of it now has lost its place."""
    message, dead = letter.message, letter.dead
    async with aclosing(records_after(kafka, dead.topic, dead.partition, dead.offset)) as records:
        async for record in records:
            if record.session_id == letter.session_id and _same_lane(message, record.message):
                return True
    return False


async def replay_letter(kafka: str, letter: Letter) -> None:
    """Writes the record again where it was read from, as it was, and closes the letter. Raises DragomanError."""
    dead = letter.dead
    if len(dead.value) >= MOST_BYTES:
        raise DragomanError(f"{letter.id} was too long for a letter: the end of its value is missing")
    async with _producer(kafka) as producer:
        headers = [(name, text.encode("latin-1")) for name, text in dead.headers.items()]
        key = letter.session_id.encode()
        await producer.send_and_wait(dead.topic, dead.value, key=key, partition=dead.partition, headers=headers)
        await _close(producer, letter, "replayed")


async def discard_letter(kafka: str, letter: Letter) -> None:
    """Closes the letter; it stays in the topic as long as that is kept. Raises DragomanError."""
    async with _producer(kafka) as producer:
        await _close(producer, letter, "discarded")


async def _close(producer: AIOKafkaProducer, letter: Letter, outcome: Literal["replayed", "discarded"]) -> None:
    stage, topic, partition, offset = _origin(letter.dead)
    at = time.time_ns() // 1_000_000
    closed = LetterClosed(stage=stage, topic=topic, partition=partition, offset=offset, outcome=outcome, at=at)
    value, _ = wire.encode(DEAD_LETTERS, closed)
    key = letter.session_id.encode()
    await producer.send_and_wait(DEAD_LETTERS, value, key=key, partition=letter.partition)


@asynccontextmanager
async def _producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    try:
        await producer.start()
        yield producer
    except KafkaError as error:
        raise DragomanError(f"Kafka at {kafka} refused: {error}") from error
    finally:
        await producer.stop()


def _origin(message: DeadLetter | LetterClosed) -> Origin:
    return message.stage, message.topic, message.partition, message.offset


def _same_lane(message: Message | None, later: Message) -> bool:
    """`later` comes after `message` for a listener. What cannot be decoded is taken for anything of the session."""
    match message, later:
        case Segment(), Segment() | End():
            return message.language == later.language and _place(later) > message.segment
        case Audio(), Audio():
            return later.position > message.position
    return True


def _place(message: Segment | End) -> int:
    """An end stands behind every segment."""
    return message.segment if isinstance(message, Segment) else message.position + 1
