"""The seam: a stage is an async generator that sees the messages of one lane in order and yields what follows.

It knows no broker, no clock but the one it is given, and no environment. A unit test (a list), a replay (a topic
range) and the shell (Faust) drive the same function.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from dragoman.runtime.wall_clock import TOLERATED_MS
from schemas.messages import End, Message, Segment, Speech, Transcript, Translation, Wanted


@dataclass(frozen=True, eq=False)
class Record:
    """A message of the lane, with where it came from."""

    topic: str
    partition: int
    offset: int
    session_id: str
    """Key of the record."""
    message: Message
    written_at: int
    """When it was given to the log, Unix ms."""


@dataclass(frozen=True)
class Idle:
    """Nothing came for a while."""

    now: int
    """Unix ms."""


@dataclass(frozen=True)
class Drain:
    """The process stops: finish what is final, leave what is open to the successor, return."""


@dataclass(frozen=True)
class Kept:
    """The lane's partition was taken away and given back: another process may have worked on it meanwhile."""


@dataclass(frozen=True)
class Poisoned:
    """Records of one segment at which the stage raised again and again; they are in the dead letters.

    The stage settles them without looking into them, and announces the hole. Only a stage whose lanes work on segments
    (transcribe) sees it: others are given the record as one that has failed already.
    """

    records: tuple[Record, ...]
    """In order, at least one."""


PARTIAL_LIVES_MS: Final = 2 * TOLERATED_MS + 1_000
"""Of a segment another one comes, or its final, before; both clocks that its age is told by may be wrong."""
DRAIN: Final = Drain()
KEPT: Final = Kept()
Inbound = Record | Poisoned | Idle | Kept | Drain


@dataclass(frozen=True)
class Emit:
    """Produce `message`. The generator goes on after a final (`awaited`) only when it is delivered."""

    topic: str
    message: Message
    awaited: bool = True


@dataclass(frozen=True)
class Settle:
    """`record` needs nothing more, ever."""

    record: Record


@dataclass(frozen=True)
class Bury:
    """`record` is given up: it goes to the dead letters, once. What stands in its place and its Settle still follow."""

    record: Record
    reason: str


Outbound = Emit | Settle | Bury
Stage = Callable[[AsyncIterator[Inbound]], AsyncIterator[Outbound]]
Produce = Callable[[int, str, Emit], Awaitable[None]]
"""Partition, session id and what to produce; returns when it is delivered, or handed over if it is not `awaited`."""


def outlived(record: Record, now: int) -> bool:
    """A partial out of a backlog: its final is behind it, and waits for all that is done before.

    `now`: Unix ms.
    """
    message = record.message
    return isinstance(message, Segment) and not message.final and now - record.written_at > PARTIAL_LIVES_MS


def failed(message: Message) -> Message | None:
    """What is given on in place of a message that the stage cannot work on: its hole; None where nothing is missing."""
    if not isinstance(message, Segment) or not message.final:
        return None
    nothing: dict[str, object] = {"outcome": "failed", "reason": "engine"}
    match message:
        case Transcript():
            nothing |= {"text": "", "words": (), "stable_chars": 0}
        case Translation():
            nothing |= {"text": "", "source_text": "", "stable_chars": 0}
        case Speech():
            nothing |= {"audio": b"", "format": "", "sample_rate": 0, "duration_ms": 0, "part": 0, "last": True}
    return msgspec.structs.replace(message, **nothing)


def language_of(message: Message) -> str:
    """What names a lane that is one language of a session."""
    assert isinstance(message, Segment | End | Wanted)
    return message.language
