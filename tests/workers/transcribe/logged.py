"""A log in memory: what a worker reads back from it, and what it produces to it."""

from dataclasses import replace

import msgspec

from schemas.channels import Hole, Known
from schemas.messages import Message, Transcript
from tests.workers.driving import SESSION, Clock, record
from tests.workers.texts import transcript
from workers.stage import Emit, Record
from workers.tail import RawFilter

PIECE = 7
"""Records of one fetch."""


class Log:
    """Two topics of one partition; offsets count from 0, `kept` is the first that retention left."""

    def __init__(self) -> None:
        self.topics: dict[str, list[Record]] = {"audio": [], "transcripts": [], "usage": []}
        self.kept = 0

    def add(self, topic: str, message: Message, written_at: int, session_id: str = SESSION) -> None:
        offset = len(self.topics[topic])
        self.topics[topic].append(replace(record(topic, offset, message, session_id=session_id), written_at=written_at))

    async def produce(self, emit: Emit) -> None:
        self.add(emit.topic, emit.message, 0)

    async def partitions(self, topic: str) -> list[int]:
        return [0]

    async def span(self, topic: str, partition: int, at_ms: int) -> tuple[int, int, int]:
        records = self.topics[topic]
        kept = self.kept if topic == "audio" else 0
        first = next((each.offset for each in records[kept:] if each.written_at >= at_ms), len(records))
        return kept, first, len(records)

    async def piece(
        self, topic: str, partition: int, offset: int, end: int, wanted: RawFilter
    ) -> tuple[list[Record], int]:
        until = min(offset + PIECE, end)
        records = self.topics[topic][offset:until]
        return [each for each in records if wanted(each.session_id.encode(), value_of(each))], until

    @property
    def finals(self) -> list[Transcript]:
        """In the order in which they were produced."""
        messages = [each.message for each in self.topics["transcripts"]]
        return [message for message in messages if isinstance(message, Transcript) and message.final]

    @property
    def tiles(self) -> list[Transcript]:
        return [final for final in self.finals if final.revised]


def value_of(record: Record) -> bytes:
    """As on the topic, where that is looked at."""
    return msgspec.json.encode(record.message) if isinstance(record.message, Transcript) else b""


def hole(segment: int, until: int, at: int, session_id: str = SESSION) -> Hole:
    """A jump passed this over, at `at` (Unix ms); its audio had been written until then."""
    final = transcript(
        segment,
        "",
        until=until,
        end=until,
        revision=until - segment,
        outcome="skipped",
        reason="jump",
        ingested_at=at,
        transcribed_at=at,
    )
    return Hole(session_id=session_id, partition=0, final=final)


class Queue:
    """The queue of holes, in memory: one worker."""

    def __init__(self) -> None:
        self.holes: dict[str, Hole] = {}
        self.claimed: set[str] = set()
        self.gone: set[str] = set()
        """Sessions that were deleted."""
        self.noted: Known | None = None
        self.searched_elsewhere = False

    async def keep(self, hole: Hole) -> None:
        self.holes[hole.name] = hole

    async def waiting(self) -> list[Hole]:
        return list(self.holes.values())

    async def claim(self, hole: Hole) -> bool:
        if hole.name in self.claimed or hole.name not in self.holes:
            return False
        self.claimed.add(hole.name)
        return True

    async def renew(self, hole: Hole) -> None:
        self.claimed.add(hole.name)

    async def release(self, hole: Hole, *, over: bool) -> None:
        self.claimed.discard(hole.name)
        if over:
            self.holes.pop(hole.name, None)

    async def deleted(self, session_id: str) -> bool:
        return session_id in self.gone

    async def known(self) -> Known | None:
        return self.noted

    async def know(self, known: Known) -> None:
        self.noted = known

    async def search(self) -> bool:
        return not self.searched_elsewhere


def at(clock: Clock, seconds_ago: float) -> int:
    """Unix ms."""
    return clock.ms - round(seconds_ago * 1000)
