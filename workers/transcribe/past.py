"""What a session has behind it: its last final, by the outbox and by Kafka, which is the truth where Redis forgot."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, Protocol

from schemas.messages import End, Transcript
from schemas.topics import TRANSCRIPTS
from workers.outbox import Outbox
from workers.stage import Record
from workers.tail import Tail
from workers.transcribe.frames import audio_of

CLOCKS_MS: Final = 60_000
"""What the clocks of processes and brokers may differ by, and then some, so that lanes that start together share a
look."""
FURTHER_MS: Final = (3_600_000, 2**53)
"""How far back is looked for a session of which nothing recent is known."""


class Told(Protocol):
    """The finals that were delivered."""

    complete: bool
    """A session of which it knows no final has none."""

    async def last(self, record: Record, back_ms: int = CLOCKS_MS) -> Transcript | None:
        """The session's last final of those written from `back_ms` before `record` (its audio) on.

        A final that ends above a frame was written after that frame.
        """


class NothingTold:
    """For replays: what was transcribed before does not count."""

    complete = False

    async def last(self, record: Record, back_ms: int = CLOCKS_MS) -> Transcript | None:
        """None."""
        return None


@dataclass
class _Read:
    """What was read of one partition."""

    since_ms: int
    """From here on, Unix ms."""
    at_ms: int
    """When it was read last: all that was written before is in it."""
    end: int
    """Offset behind it."""
    finals: dict[str, Transcript] = field(default_factory=dict)
    """Session id to its last final; sessions that ended are left out."""

    def note(self, records: list[Record]) -> None:
        for record in records:
            match record.message:
                case Transcript(final=True) as final:
                    known = self.finals.get(record.session_id)
                    if known is None or final.until >= known.until:
                        self.finals[record.session_id] = final
                case End():
                    self.finals.pop(record.session_id, None)


class TranscriptsTold:
    """Reads `transcripts` back. Lanes of a partition that start together share one reading of it."""

    complete = True

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._read: dict[int, _Read] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def last(self, record: Record, back_ms: int = CLOCKS_MS) -> Transcript | None:
        """The session's last final; waits while Kafka is away."""
        since_ms = max(0, record.written_at - back_ms)
        async with self._locks[record.partition]:
            read = await self._up_to_now(record.partition, since_ms)
        return read.finals.get(record.session_id)

    async def _up_to_now(self, partition: int, since_ms: int) -> _Read:
        read = self._read.get(partition)
        if read is not None and read.since_ms <= since_ms <= read.at_ms:
            records, read.end = await self._tail.after(TRANSCRIPTS, partition, read.end)
        else:  # what was read ends before what is wanted, or begins after it
            since_ms = max(0, since_ms - CLOCKS_MS)
            records, end = await self._tail.since(TRANSCRIPTS, partition, since_ms)
            read = self._read[partition] = _Read(since_ms, since_ms, end)
        read.note(records)
        read.at_ms = max([read.at_ms, *(record.written_at for record in records)])
        return read


class Past:
    """Of one lane's session: which final is the last, and fixing the next one."""

    def __init__(self, outbox: Outbox, told: Told) -> None:
        self._outbox, self._told = outbox, told
        self._life = ""
        self._own: Transcript | None = None
        self.delivered = False
        """The last final that was found is in `transcripts`."""

    async def last(self, record: Record) -> Transcript | None:
        """The later of the outbox's last final and Kafka's; `record` is the lane's first that is open."""
        known, self._life = await self._outbox.last(record.session_id)
        told = await self._told.last(record)
        for back_ms in FURTHER_MS:
            if known or told or self._own or audio_of(record).position == 0:
                break
            told = await self._told.last(record, back_ms)
        finals = [final for final in (told, known, self._own) if final]
        last = max(finals, key=lambda final: final.until, default=None)
        self.delivered = last is not None and last in (told, self._own)
        return last

    def beginning(self, position: int) -> int:
        """Where the first segment begins when there is no final: not behind a silence that was settled."""
        return 0 if self._told.complete else position

    async def fix(self, record: Record, final: Transcript) -> bool:
        """Fixes `final`; False when the session has another one that ends above its beginning. `record` as in `last`.

        In another life of Redis it asks Kafka first, so that what Redis forgot is not fixed a second time.
        """
        while (answer := await self._outbox.fix(record.session_id, final, self._life)) == "another-life":
            last = await self.last(record)
            if last is not None and last.until > final.segment and last != final:
                return False
        if answer == "fixed":
            self._own = final
        return answer == "fixed"
