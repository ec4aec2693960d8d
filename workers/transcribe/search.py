"""Finds the holes of a Redis that may have forgotten some: Kafka is the truth."""

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from dragoman.runtime.wall_clock import CLOCKS_DIFFER_MS
from schemas.channels import Hole, Known
from schemas.topics import TRANSCRIPTS
from workers.stage import Record
from workers.tail import PieceReader
from workers.transcribe.holes import Holes
from workers.transcribe.tiles import open_holes

log = structlog.get_logger()

NOTED_MS: Final = 60_000
"""How often it is noted that Redis knows all holes."""
SETTLED_MS: Final = 20_000
"""A Redis that has just come back is left to those who have live speech waiting."""


class PieceLog(PieceReader, Protocol):
    """The part of `workers.tail.Tail` that is needed here."""

    async def partitions(self, topic: str) -> list[int]: ...


class Search:
    """Of one worker; another one does it just as well. `life` is the run id of Redis, `now` Unix ms."""

    def __init__(
        self, holes: Holes, log: PieceLog, life: Callable[[], str], now: Callable[[], int], retention_ms: int
    ) -> None:
        """`retention_ms`: audio is kept for so long; what was passed over before is lost."""
        self._holes, self._log, self._life, self._now, self._retention_ms = holes, log, life, now, retention_ms
        self._not_before: int | None = None

    async def make_whole(self) -> None:
        """Returns when Redis knows all holes, or another worker sees to that."""
        known, life, now = await self._holes.known(), self._life(), self._now()
        if known is not None and known.life == life:
            self._not_before = None
            if now - known.at > NOTED_MS:
                await self._holes.know(Known(life=life, at=now))
            return
        self._not_before = self._not_before or now + SETTLED_MS
        if now < self._not_before or not await self._holes.search():
            return
        since_ms = now - self._retention_ms if known is None else known.at - CLOCKS_DIFFER_MS
        for partition in await self._log.partitions(TRANSCRIPTS):
            for hole in await self._in(partition, since_ms):
                await self._holes.keep(hole)
        await self._holes.know(Known(life=life, at=now))
        log.info("holes.searched", since_s=(now - since_ms) // 1000, took_ms=self._now() - now)

    async def _in(self, partition: int, since_ms: int) -> list[Hole]:
        """The open holes of a partition."""
        _, offset, end = await self._log.span(TRANSCRIPTS, partition, since_ms)
        found: list[Record] = []
        while offset < end:
            records, offset = await self._log.piece(TRANSCRIPTS, partition, offset, end, _may_be_of_a_hole)
            found += records
        return open_holes(found)


def _may_be_of_a_hole(_: bytes, value: bytes) -> bool:
    """Seen without decoding: few finals are."""
    return b'"jump"' in value or b'"revised":true' in value
