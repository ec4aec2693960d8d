"""Transcribes afterwards what lanes passed over when they jumped: beside live speech, and after it in rank."""

import asyncio
from collections.abc import Callable, Set
from typing import Final

import structlog

from schemas.channels import Hole
from workers import metrics
from workers.outbox import Outbox
from workers.stage import Produce
from workers.transcribe.fill import DeletedError, HoleFill
from workers.transcribe.holes import CLAIM_MS, Holes
from workers.transcribe.places import NoPlaceError, Places
from workers.transcribe.search import PieceLog, Search

log = structlog.get_logger()

LOOK_S: Final = 2.0
"""How often it is looked whether there is something to fill."""
LATER_MS: Final = 5_000
"""After so long a hole that could not be filled is tried again."""
TRIES: Final = 3
"""After so many unexpected errors in one process a hole is given up."""


class Filling:
    """Of one process: one hole at a time. `now` in Unix ms."""

    def __init__(
        self,
        holes: Holes,
        tail: PieceLog,
        search: Search,
        places: Places,
        outbox_of: Callable[[Hole], Outbox],
        now: Callable[[], int],
        timeout_s: float,
    ) -> None:
        """`timeout_s` is that of an engine's call."""
        self._holes, self._tail, self._search, self._places = holes, tail, search, places
        self._outbox_of, self._now, self._timeout_s = outbox_of, now, timeout_s
        self._not_before: dict[str, int] = {}
        """Until when a hole is left alone, Unix ms."""
        self._errors: dict[str, int] = {}

    async def run(self, produce: Produce) -> None:
        """Fills for ever; what an error leaves open is tried again."""
        while True:
            try:
                await self._search.make_whole()
                if await self.fill_one(produce):
                    continue
            except Exception as error:  # live speech does not end for the sake of what is past
                log.warning("filling.failed", exc_info=error)
            await asyncio.sleep(LOOK_S)

    async def fill_one(self, produce: Produce) -> bool:
        """Fills the first hole that nobody fills; False when there is none, or no place for it."""
        waiting = await self._holes.waiting()
        metrics.HOLES_WAITING.set(len(waiting))
        for hole in waiting:
            if self._places.pace <= 0:
                return False
            if self._not_before.get(hole.name, 0) <= self._now() and await self._holes.claim(hole):
                await self._claimed(hole, produce)
                return True
        return False

    async def _claimed(self, hole: Hole, produce: Produce) -> None:
        renewing = asyncio.create_task(self._renew(hole))
        over = False
        try:
            over = await self._over(hole, produce)
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await self._holes.release(hole, over=over)
        if over:
            self._not_before.pop(hole.name, None)
            self._errors.pop(hole.name, None)
        else:
            self._not_before[hole.name] = self._now() + LATER_MS

    async def _renew(self, hole: Hole) -> None:
        while True:
            await asyncio.sleep(CLAIM_MS / 3000)
            await self._holes.renew(hole)

    async def _over(self, hole: Hole, produce: Produce) -> bool:
        """Fills it, unless live speech needs the place; True when nothing is left to do."""
        fill = HoleFill(
            hole,
            self._tail,
            self._outbox_of(hole),
            self._places,
            lambda emit: produce(hole.partition, hole.session_id, emit),
            self._holes.deleted,
            self._now,
            self._timeout_s,
        )
        work = asyncio.create_task(fill.run(give_up=self._errors.get(hole.name, 0) >= TRIES))
        await self._places.hold(work)
        reasons: Set[str] = fill.missing
        try:
            over = not work.cancelled() and work.result()
        except NoPlaceError:
            over = False
        except DeletedError:
            over, reasons = True, {"deleted"}
        except Exception as error:  # the hole's fault, perhaps: it is tried again, and then given up
            log.warning("hole.failed", session_id=hole.session_id, segment=hole.final.segment, exc_info=error)
            self._errors[hole.name] = self._errors.get(hole.name, 0) + 1
            over = False
        if over:
            _count(hole, fill.made, reasons)
        return over


def _count(hole: Hole, made: bool, reasons: Set[str]) -> None:
    """A hole that is over: `made`, it was announced, and something stands in its place now; but for `reasons`."""
    for reason in reasons:
        metrics.HOLES_GIVEN_UP.labels(reason).inc()
    if made and not reasons:
        metrics.HOLES_FILLED.inc()
    what = "hole.given_up" if reasons else "hole.filled" if made else "hole.unannounced"
    log.info(what, session_id=hole.session_id, segment=hole.final.segment, missing=sorted(reasons))
