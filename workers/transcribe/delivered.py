"""What `transcripts` holds of a session: its last final and its end. Kafka is the truth where Redis forgot."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from schemas.messages import End, Transcript
from schemas.topics import TRANSCRIPTS
from workers.stage import Record


class DeliveredFinals(NamedTuple):
    """Of one session."""

    final: Transcript | None
    """The last final; what was revised later is of the past."""
    ended: bool
    """An end follows it: nothing more may."""


NOTHING_SAID = DeliveredFinals(None, False)


class Delivered(Protocol):
    """Looks back."""

    async def of(self, session_id: str, partition: int, since_ms: int) -> DeliveredFinals:
        """What was written of the session at or after `since_ms`, Unix ms."""


class NothingDelivered:
    """For replays: what was delivered before does not count."""

    async def of(self, session_id: str, partition: int, since_ms: int) -> DeliveredFinals:
        """Nothing."""
        return NOTHING_SAID


NOTHING_DELIVERED: Final = NothingDelivered()


class TailReader(Protocol):
    """The part of `workers.tail.Tail` that is needed here."""

    async def since(self, topic: str, partition: int, at_ms: int) -> tuple[list[Record], int]: ...

    async def after(self, topic: str, partition: int, offset: int) -> tuple[list[Record], int]: ...


@dataclass
class _ReadPartition:
    """What was read of a partition."""

    since_ms: int
    at_ms: int
    """When it was last read, Unix ms."""
    behind: int = 0
    """Offset after the last record that was read."""
    said: dict[str, DeliveredFinals] = field(default_factory=dict)

    def take(self, records: Sequence[Record], behind: int) -> None:
        self.behind = behind
        for record in records:
            last, ended = self.said.get(record.session_id, NOTHING_SAID)
            match record.message:
                case End():
                    self.said[record.session_id] = DeliveredFinals(last, True)
                case Transcript(final=True, revised=False) as final if last is None or last.until < final.until:
                    self.said[record.session_id] = DeliveredFinals(final, ended)


class DeliveredInKafka:
    """Lanes that start together read a partition once; each next one reads what came since.

    What was read is forgotten when the next lane needs nothing so old: an hour in between is not read through.
    """

    def __init__(self, tail: TailReader, now: Callable[[], int]) -> None:
        """`now` in Unix ms."""
        self._tail, self._now = tail, now
        self._read: dict[int, _ReadPartition] = {}
        self._one_at_a_time: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, session_id: str, partition: int, since_ms: int) -> DeliveredFinals:
        """What was written at or after `since_ms`, or a little earlier. Waits while Kafka is away."""
        async with self._one_at_a_time[partition]:
            read, at_ms = self._read.get(partition), self._now()
            if read and read.since_ms <= since_ms <= read.at_ms:
                read.take(*await self._tail.after(TRANSCRIPTS, partition, read.behind))
                read.at_ms = at_ms
            else:
                read = _ReadPartition(since_ms, at_ms)
                read.take(*await self._tail.since(TRANSCRIPTS, partition, since_ms))
                self._read[partition] = read
            return read.said.get(session_id, NOTHING_SAID)
