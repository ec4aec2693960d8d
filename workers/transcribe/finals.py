"""A lane's last final: where it finds it, and how it fixes the next one.

It is the later of what the outbox and `transcripts` say. A final counts only when it was fixed after this one, in the
life of Redis in which the lane last looked: a zombie, or a Redis that forgot, can make no second version of speech.
"""

import structlog

from dragoman.runtime.wall_clock import CLOCKS_DIFFER_MS
from schemas.messages import Transcript
from schemas.topics import HOUR_MS
from workers.outbox import Outbox, Remembered
from workers.stage import Record
from workers.transcribe.delivered import NOTHING_DELIVERED, Delivered, DeliveredFinals
from workers.transcribe.frames import audio_of

log = structlog.get_logger()

LOOK_BACK_MS = (HOUR_MS // 6, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS)
"""How far back a lane looks, step by step, when nobody knows where its session's last final ended; then everything."""


class LaneFinals:
    """Of one session, as a lane knows them."""

    def __init__(self, outbox: Outbox, delivered: Delivered, first: Record) -> None:
        """`first` is the lane's first record."""
        self._outbox, self._delivered, self._first = outbox, delivered, first
        self._session_id = first.session_id
        self._life = ""
        self.last: Transcript | None = None
        """The last final; None: there is none yet."""
        self.undelivered = False
        """It may not have been delivered: whoever fixed it may have died before."""
        self.ended = False
        """The end was delivered: nothing may follow."""

    def beginning(self, position: int) -> int:
        """Where the first segment begins when there is no final: 0, not behind a silence that was settled.

        In a replay it begins where the audio does, at `position`.
        """
        return position if self._delivered is NOTHING_DELIVERED else 0

    async def fix(self, final: Transcript) -> bool:
        """True when `final` is the next one; False when another was first: `last` is that one."""
        while not await self._outbox.fix(self._session_id, final, self._until, self._life):
            before = self._until
            await self.look()
            if self._until != before or self.ended:
                log.warning("transcript.overtaken", session_id=self._session_id, segment=final.segment)
                return False
        self.last, self.undelivered = final, True
        return True

    async def overtaken(self) -> bool:
        """True when another worker went on with the session; `last` then is its last final."""
        found = await self._outbox.last(self._session_id)
        before = self._until
        if found.life != self._life or (found.final.until if found.final else None) != before:
            await self.look()
        return self._until != before or self.ended

    @property
    def _until(self) -> int | None:
        return self.last.until if self.last else None

    async def look(self) -> None:
        """Asks the outbox and Kafka, and tells the outbox what it did not know, until that is so in one life."""
        while True:
            kept = await self._outbox.last(self._session_id)
            said = await self._look_back(kept)
            found = [final for final in (said.final, self.last, kept.final) if final]
            last = max(found, key=lambda final: final.until, default=None)
            if (kept.known and last == kept.final) or await self._outbox.remember(self._session_id, last, kept.life):
                break
        self.undelivered = last is not None and (said.final is None or said.final.until < last.until)
        self.last, self.ended, self._life = last, said.ended, kept.life

    async def _look_back(self, kept: Remembered) -> DeliveredFinals:
        """A final that ends above the lane's first frame was written after it, and one after `last` after that one."""
        first = self._first
        since = max(first.written_at, self.last.transcribed_at if self.last else 0) - CLOCKS_DIFFER_MS
        said = await self._delivered.of(first.session_id, first.partition, since)
        if self.last or kept.known or audio_of(first).position == 0:
            return said
        for step in (*LOOK_BACK_MS, first.written_at):
            if said.final:
                break
            said = await self._delivered.of(first.session_id, first.partition, max(0, first.written_at - step))
        return said
