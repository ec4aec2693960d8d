"""The audio of a hole, as the log still holds it: what the stage is given in order to fill the hole."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Final

from msgspec.structs import replace

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, to_ms
from schemas.channels import Hole
from schemas.messages import Audio
from schemas.topics import AUDIO
from workers.stage import Idle, Inbound, Record
from workers.tail import PieceReader
from workers.transcribe.frames import audio_of

SLACK_MS: Final = 240_000
"""A speaker may have been away for so long within a hole, and clocks of machines may differ."""
IDLE_S: Final = 1.0
AHEAD_S: Final = 0.2
"""Audio is given in pieces of about so many seconds of work."""


class PassedOver:
    """Reads the topic `audio` at the place of a hole. `now` in Unix ms."""

    def __init__(self, log: PieceReader, hole: Hole, now: Callable[[], int]) -> None:
        self._log, self._hole, self._now = log, hole, now
        self._offset = self._end = 0

    async def begins(self, after: int) -> int:
        """Where the audio goes on that the hole has behind position `after`: higher only if retention has cut it."""
        hole = self._hole
        written_at = hole.final.ingested_at - to_ms(hole.final.until - hole.final.segment) - SLACK_MS
        kept, self._offset, self._end = await self._log.span(AUDIO, hole.partition, written_at)
        cut = 0 < kept == self._offset
        async for record in self._records():
            if audio_of(record).until > after:
                self._offset = record.offset
                return max(after, min(audio_of(record).position, hole.final.until)) if cut else after
        return hole.final.until

    async def inbound(self, pace: Callable[[], float]) -> AsyncIterator[Inbound]:
        """The records of the hole, then an end, then silence. `pace`: seconds of audio given in a second, at most."""
        given_s = 0.0
        async for record in self._records():
            audio = audio_of(record)
            yield self._within(record)
            given_s += (audio.until - audio.position) / SAMPLE_RATE / pace()
            if given_s > AHEAD_S:
                await asyncio.sleep(given_s)
                given_s = 0.0
        yield self.closing
        while True:
            await asyncio.sleep(IDLE_S)
            yield Idle(self._now())

    @property
    def closing(self) -> Record:
        """What stands behind the hole, so that the stage finishes what is open and returns."""
        final = self._hole.final
        end = Audio(kind="end", position=final.until, captured_at=final.spoken_at, language=final.language)
        return Record(AUDIO, self._hole.partition, self._end, self._hole.session_id, end, final.ingested_at)

    def _within(self, record: Record) -> Record:
        """The record without what lies behind the hole."""
        audio = audio_of(record)
        pcm = audio.pcm[: (self._hole.final.until - audio.position) * BYTES_PER_SAMPLE]
        return dataclasses.replace(record, message=replace(audio, pcm=pcm))

    async def _records(self) -> AsyncIterator[Record]:
        """The session's records up to the end of the hole."""
        key, offset = self._hole.session_id.encode(), self._offset
        while offset < self._end:
            records, offset = await self._log.piece(
                AUDIO, self._hole.partition, offset, self._end, lambda k, _: k == key
            )
            for record in records:
                audio = audio_of(record)
                if audio.kind == "end" or audio.position >= self._hole.final.until:
                    return
                yield record
