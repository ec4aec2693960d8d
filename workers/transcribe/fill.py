"""Fills one hole: the stage hears its audio again, and what it yields is delivered as tiles of the hole.

An outbox of the hole's own fixes each tile, and Kafka is the truth for what was delivered, as in a lane. So a filling
that ended half-way is gone on with by any worker, and two that fill the same hole make nothing twice.
"""

from collections.abc import Awaitable, Callable, Set
from typing import Final

from msgspec.structs import replace

from schemas.channels import Hole
from schemas.messages import Outcome, Reason, Transcript, Usage
from schemas.topics import HOUR_MS, TRANSCRIPTS, USAGE
from workers.outbox import Outbox
from workers.stage import Emit
from workers.tail import PieceReader
from workers.transcribe.finals import LaneFinals
from workers.transcribe.passed_over import PassedOver
from workers.transcribe.places import NoPlaceError, Places
from workers.transcribe.stage import transcribe
from workers.transcribe.tiles import Tiles, blank, tile

UNANNOUNCED_MS: Final = HOUR_MS
"""A hole that was not announced for so long never will be: another final stands in its place."""


class DeletedError(Exception):
    """Of the session nothing is to be made any more."""


class HoleFill:
    """One try. `now` in Unix ms."""

    def __init__(
        self,
        hole: Hole,
        log: PieceReader,
        outbox: Outbox,
        places: Places,
        produce: Callable[[Emit], Awaitable[None]],
        deleted: Callable[[str], Awaitable[bool]],
        now: Callable[[], int],
        timeout_s: float,
    ) -> None:
        self._hole, self._outbox, self._places, self._produce = hole, outbox, places, produce
        self._deleted, self._now, self._timeout_s = deleted, now, timeout_s
        self._tiles = Tiles(log, hole)
        self._audio = PassedOver(log, hole, now)
        self._finals = LaneFinals(outbox, self._tiles, self._audio.closing)
        self._missing: set[Reason] = set()

    @property
    def made(self) -> bool:
        """The hole was announced: what fills it stands in its place."""
        return self._tiles.announced

    @property
    def missing(self) -> Set[str]:
        """Why something of the hole stays missing."""
        return self._missing

    async def run(self, *, give_up: bool = False) -> bool:
        """True when the hole is filled; False: not yet. `give_up` says of what is left that the engine failed.

        Raises NoPlaceError, DeletedError.
        """
        until = self._hole.final.until
        if await self._deleted(self._hole.session_id):
            raise DeletedError
        await self._tiles.read()
        if not self._tiles.announced:
            return self._now() - self._hole.final.transcribed_at > UNANNOUNCED_MS  # nothing to fill
        delivered = await self._look()
        if delivered < until and not give_up:
            begins = await self._audio.begins(delivered)
            if begins > delivered and not await self._blank(begins, "skipped", "retention"):
                return False
            if begins < until:
                await self._hear()
            delivered = await self._look()
        if delivered >= until:
            return True
        return await self._blank(until, *(("failed", "engine") if give_up else ("ok", "")))

    async def _look(self) -> int:
        """Where the last tile ends; it is delivered again if whoever fixed it may have died before it was."""
        await self._finals.look()
        last = self._finals.last
        assert last is not None, "a hole has a beginning"
        if self._finals.undelivered:
            await self._deliver(last)
        return last.until

    async def _blank(self, until: int, outcome: Outcome, reason: Reason) -> bool:
        """A tile without text up to `until`; False when another worker was first."""
        last = self._finals.last
        assert last is not None, "looked before"
        final = blank(self._hole.final, last.until, until, self._now(), outcome, reason)
        if not await self._finals.fix(final):
            return False
        await self._deliver(final)
        return True

    async def _hear(self) -> None:
        outbounds = transcribe(
            self._audio.inbound(self._pace),
            recognisers=self._places.spare,
            outbox=self._outbox,
            now=self._now,
            timeout_s=self._timeout_s,
            delivered=self._tiles,
            measures=False,  # no speech is made of it
        )
        try:
            async for outbound in outbounds:
                match outbound:
                    case Emit(message=Transcript(final=True) as final):
                        await self._deliver(final)
                    case Emit(message=Usage() as usage):
                        await self._produce(Emit(USAGE, replace(usage, revised=True), awaited=False))
        finally:
            await outbounds.aclose()  # type: ignore[attr-defined]  # stages are async generators

    def _pace(self) -> float:
        if self._places.pace <= 0:
            raise NoPlaceError
        return self._places.pace

    async def _deliver(self, final: Transcript) -> None:
        if await self._deleted(self._hole.session_id):
            raise DeletedError
        if final.outcome != "ok":
            self._missing.add(final.reason)
        await self._produce(Emit(TRANSCRIPTS, tile(final, self._hole.final)))
