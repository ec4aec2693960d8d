"""Looks back in the log for what a language lacks."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from dragoman.runtime.wall_clock import CLOCKS_DIFFER_MS
from schemas.messages import Transcript
from schemas.topics import TRANSCRIPTS, TRANSLATIONS
from workers import metrics
from workers.tail import PieceReader
from workers.translate.gaps import Gaps

log = structlog.get_logger()

MOST_RECORDS = 500_000
"""No more of a partition is read back, at most a mebibyte at a time; what lies further back is left."""
MOST_SESSIONS = 64
"""Of so many it is remembered what was read; half a megabyte each."""


class Past(Protocol):
    """What was said before."""

    async def missing(
        self, session_id: str, partition: int, language: str, since_ms: int, before: int
    ) -> list[Transcript]:
        """Finals below offset `before` that have no translation for want of an audience, newest first; of a session
        that began at `since_ms`, Unix ms, or later."""


class NothingMissing:
    """For replays, which translate everything."""

    async def missing(
        self, session_id: str, partition: int, language: str, since_ms: int, before: int
    ) -> list[Transcript]:
        """Nothing."""
        return []


NOTHING_MISSING: Final = NothingMissing()


@dataclass
class _ReadBack:
    """What was read of a session."""

    since_ms: int
    gaps: Gaps
    behind: dict[str, int] = field(default_factory=dict)
    """Of each topic the offset to go on from."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class PastInKafka:
    """Each look goes on where the last one at the session ended, in whatever language. Waits while Kafka is away."""

    def __init__(self, tail: PieceReader, now: Callable[[], int], *, most: int, keep_ms: int) -> None:
        """`most` finals count, none older than `keep_ms`; `now` in Unix ms."""
        self._tail, self._now, self._most, self._keep_ms = tail, now, most, keep_ms
        self._sessions: OrderedDict[str, _ReadBack] = OrderedDict()

    async def missing(
        self, session_id: str, partition: int, language: str, since_ms: int, before: int
    ) -> list[Transcript]:
        """Reads what came since the last look; the first one reads from `since_ms` on."""
        oldest = self._now() - self._keep_ms
        read = self._of(session_id, max(since_ms, oldest))
        async with read.lock:
            await self._transcripts(session_id, partition, read)
            await self._translations(session_id, partition, read)
            return read.gaps.missing(language, oldest, before)

    def _of(self, session_id: str, since_ms: int) -> _ReadBack:
        read = self._sessions.pop(session_id, None)
        if read is None or since_ms < read.since_ms:
            read = _ReadBack(since_ms, Gaps(self._most))
        self._sessions[session_id] = read
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return read

    async def _transcripts(self, session_id: str, partition: int, read: _ReadBack) -> None:
        _, first, end = await self._tail.span(TRANSCRIPTS, partition, read.since_ms - CLOCKS_DIFFER_MS)
        first = max(read.behind.get(TRANSCRIPTS, first), end - MOST_RECORDS)
        await self._read(TRANSCRIPTS, session_id, partition, read, first, end)
        read.gaps.keep(self._most)

    async def _translations(self, session_id: str, partition: int, read: _ReadBack) -> None:
        """Of all finals that count: one whose translation may not have been read would be translated twice."""
        while len(read.gaps):
            _, first, end = await self._tail.span(TRANSLATIONS, partition, read.gaps.oldest_at - CLOCKS_DIFFER_MS)
            first = max(read.behind.get(TRANSLATIONS, first), first)
            if end - first <= MOST_RECORDS:
                await self._read(TRANSLATIONS, session_id, partition, read, first, end)
                return
            kept = len(read.gaps) // 2
            metrics.FILLS.labels("unread").inc(len(read.gaps) - kept)
            log.warning("past.left", session_id=session_id, finals=len(read.gaps) - kept, records=end - first)
            read.gaps.keep(kept)

    async def _read(self, topic: str, session_id: str, partition: int, read: _ReadBack, first: int, end: int) -> None:
        read.behind[topic], began, named = first, self._now(), session_id.encode()
        while (offset := read.behind[topic]) < end:
            records, read.behind[topic] = await self._tail.piece(
                topic, partition, offset, end, lambda key, _: key == named
            )
            for record in records:
                read.gaps.take(record)
        if end > first:
            log.info("past.read", topic=topic, partition=partition, records=end - first, took_ms=self._now() - began)
