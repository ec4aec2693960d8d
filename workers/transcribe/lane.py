"""One session's speech on its way from frames to finals.

The recogniser is fed as frames come; what it hears comes back at its own pace. Frames stay unsettled until the final
that accounts for them is delivered, so that a successor hears an open utterance again from its start.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Literal

import structlog

from schemas.audio import BYTES_PER_SAMPLE
from schemas.messages import End, Reason, Transcript
from schemas.topics import TRANSCRIPTS, USAGE
from workers.errors import AtCapacity, EngineError, EngineGarbled
from workers.stage import Emit, Idle, Inbound, Kept, Outbound, Record, Settle
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.frames import Frames, audio_of
from workers.transcribe.jump import LONGEST, Jump
from workers.transcribe.listening import Heard, Listening
from workers.transcribe.past import Past
from workers.transcribe.transcripts import hole, transcript, usage

log = structlog.get_logger()

PARTIAL_INTERVAL_MS = 200
"""At most 5 partials a second."""
REST_MS = 1_000
"""How long a lane waits before it tries again when every engine failed."""
CROWDED_MS = 10_000
"""The same when no recogniser was free."""


class Lane:
    """One session's state. Longer than other files, as each part of it changes the same few positions."""

    def __init__(self, listening: Listening, past: Past, jump: Jump, now: Callable[[], int]) -> None:
        self.listening = listening
        self.ended = False
        self._past, self._jump, self._now = past, jump, now
        self._newest: Record | None = None
        """The last record that was taken."""
        self._frames = Frames()
        self._markers: deque[tuple[Record, int]] = deque()
        """Pause, mute and end that wait for the utterance before them, each with the audio heard until then."""
        self._segment = -1
        """Where the last final ended; -1 before the lane's first record."""
        self._heard = 0
        """Position up to which audio was taken."""
        self._fed = True
        """The engine has all audio that was taken."""
        self._finishing = False
        """The engine was asked to finish and is not quiet yet."""
        self._partial_at = self._rest_until = 0

    async def take(self, item: Inbound | Heard) -> AsyncIterator[Outbound]:
        """What follows from one thing that arrived."""
        match item:
            case Record():
                self._newest = item
                if self._segment < 0:
                    async for outbound in self._begin(item):
                        yield outbound
                follows = self._frame(item) if audio_of(item).kind == "frame" else self._marker(item)
            case Idle():
                follows = self._idle()
            case Kept() if self._newest:
                follows = self._compare()
            case Heard() if self.listening.current(item):
                follows = self._result(item.result)
            case _:
                return
        while True:
            try:
                async for outbound in follows:
                    yield outbound
            except EngineError as error:
                follows = self._failed(error)
            else:
                return

    async def _begin(self, first: Record) -> AsyncIterator[Outbound]:
        """Continues after the session's last final; it is emitted again if its frames were not settled."""
        last = await self._past.last(first)
        position = audio_of(first).position
        self._segment = last.until if last else self._past.beginning(position)
        self._heard = max(self._segment, position) if last is None else last.until
        if last and position < last.until and not self._past.delivered:
            yield Emit(TRANSCRIPTS, last)

    async def _compare(self) -> AsyncIterator[Outbound]:
        """The partition was away: another worker may have gone on meanwhile."""
        last = await self._past.last(self._oldest)
        if last and last.until > self._segment:
            async for outbound in self._overtaken(last):
                yield outbound

    async def _frame(self, record: Record) -> AsyncIterator[Outbound]:
        left_out = self._jump.needed(record)
        if not left_out:
            async for outbound in self._land():
                yield outbound
        if audio_of(record).until <= self._heard:
            yield Settle(record)
            return
        self._frames.add(record, self._now())
        if left_out:
            async for outbound in self._leave_out(record):
                yield outbound
        elif self._now() < self._rest_until:
            self._heard, self._fed = audio_of(record).until, False
        elif not self._fed:
            await self._hear_again()
        else:
            await self._hear(record)
            self.listening.check(self._now())

    async def _marker(self, record: Record) -> AsyncIterator[Outbound]:
        audio = audio_of(record)
        if audio.kind != "end" and audio.position < self._heard:  # sent again by a speaker that resumed
            yield Settle(record)
            return
        async for outbound in self._land():
            yield outbound
        self._markers.append((record, self._heard))
        async for outbound in self._finish():
            yield outbound

    async def _idle(self) -> AsyncIterator[Outbound]:
        async for outbound in self._land():
            yield outbound
        if self._frames and not self._fed and self._now() >= self._rest_until:
            await self._hear_again()
        if self._finishing:
            self.listening.check(self._now())
        elif self._frames or self._markers:
            async for outbound in self._finish():
                yield outbound

    async def _result(self, result: Hypothesis | Quiet | EngineError) -> AsyncIterator[Outbound]:
        self.listening.answered()
        match result:
            case EngineError():
                raise result
            case Hypothesis(until=until) | Quiet(until=until) if until > self._heard:
                raise EngineGarbled
            case Quiet(until):
                async for outbound in self._quiet(until):
                    yield outbound
            case Hypothesis(until=until) if until <= self._segment or not self._frames:
                return
            case Hypothesis(final=True):
                self.listening.rest()
                async for outbound in self._final(self._transcript(result)):
                    yield outbound
            case Hypothesis() if self._now() - self._partial_at >= PARTIAL_INTERVAL_MS:
                self._partial_at = self._now()
                yield Emit(TRANSCRIPTS, self._transcript(result), awaited=False)

    async def _finish(self) -> AsyncIterator[Outbound]:
        """Asks for the end of the open utterance; what waits for it goes on when the recogniser is quiet."""
        if self.listening.open:
            self._finishing = True
            await self.listening.finish(self._now())
        elif self._fed:
            async for outbound in self._quiet(self._heard):
                yield outbound

    async def _final(self, final: Transcript) -> AsyncIterator[Outbound]:
        """Fixes, delivers and settles a final, unless another worker fixed another one first."""
        if not await self._past.fix(self._oldest, final):
            last = await self._past.last(self._oldest)
            assert last is not None
            async for outbound in self._overtaken(last):
                yield outbound
            return
        yield Emit(TRANSCRIPTS, final)
        took_ms = final.transcribed_at - self._frames.at(final.until).taken_at
        yield Emit(USAGE, usage(final, took_ms, self._now()), awaited=False)
        self._segment = final.until
        for record in self._frames.settled_by(final.until):
            yield Settle(record)

    async def _quiet(self, until: int) -> AsyncIterator[Outbound]:
        for record in self._frames.settled_by(until):
            yield Settle(record)
        if until >= self._heard:
            self._finishing = False
        while self._markers and self._markers[0][1] <= until and not self.ended:
            record, _ = self._markers.popleft()
            audio = audio_of(record)
            if audio.kind == "end":
                position = max(audio.position, self._segment)
                yield Emit(TRANSCRIPTS, End(position=position, language=audio.language, ended_at=audio.captured_at))
                self.ended = True
            yield Settle(record)

    async def _failed(self, error: EngineError) -> AsyncIterator[Outbound]:
        """Lets the next try hear the unfinished audio again; when none is left, announces the hole."""
        log.warning("recogniser.failed", session=self._oldest.session_id, error=type(error).__name__, detail=str(error))
        self._finishing = False
        if await self.listening.next_try(error):
            await self._hear_again()
            if self._markers:
                async for outbound in self._finish():
                    yield outbound
            return
        self.listening.rest()
        self._fed = True
        crowded = isinstance(error, AtCapacity)
        self._rest_until = self._now() + (CROWDED_MS if crowded else REST_MS)
        async for outbound in self._hole("failed", "at-capacity" if crowded else "engine"):
            yield outbound
        async for outbound in self._quiet(self._heard):
            yield outbound

    async def _hole(self, outcome: Literal["failed", "skipped"], reason: Reason) -> AsyncIterator[Outbound]:
        """Announces that the audio that is open will not be heard."""
        if self._frames:
            engine = self.listening.engine if outcome == "failed" else ""
            lost = hole(self._segment, self._heard, self._frames, engine, self._now(), outcome, reason)
            async for outbound in self._final(lost):
                yield outbound

    async def _leave_out(self, record: Record) -> AsyncIterator[Outbound]:
        """Takes a frame that nobody will hear."""
        if not self._jump.under_way:
            log.warning("lane.jumps", session=record.session_id, behind_ms=self._jump.behind_ms(record))
            self._jump.under_way = True
            await self.listening.close()
        self._heard = audio_of(record).until
        if self._heard - self._segment >= LONGEST:
            async for outbound in self._hole("skipped", "jump"):
                yield outbound

    async def _land(self) -> AsyncIterator[Outbound]:
        """Announces what the jump left out, if the lane jumped, and goes on."""
        if not self._jump.under_way:
            return
        self._jump.under_way, self._finishing, self._fed = False, False, True
        self.listening.rest()
        async for outbound in self._hole("skipped", "jump"):
            yield outbound
        async for outbound in self._quiet(self._heard):
            yield outbound

    async def _overtaken(self, last: Transcript) -> AsyncIterator[Outbound]:
        """Another worker fixed `last`: goes on after that one."""
        log.warning("transcript.overtaken", session=self._oldest.session_id, segment=self._segment)
        await self.listening.close()
        if not self._past.delivered:  # the other may have died before it was
            yield Emit(TRANSCRIPTS, last)
        self._segment, self._heard = last.until, max(self._heard, last.until)
        for record in self._frames.settled_by(last.until):
            yield Settle(record)
        await self._hear_again()
        if self._markers:
            async for outbound in self._finish():
                yield outbound

    async def _hear(self, record: Record) -> None:
        """Gives the engine what is new of a frame."""
        heard, self._heard = self._heard, audio_of(record).until
        await self._feed(record, heard)

    async def _hear_again(self) -> None:
        """Gives a fresh recognition all audio that no final accounts for."""
        self._fed = True
        heard = self._segment
        for record in self._frames:
            await self._feed(record, heard)
            heard = audio_of(record).until

    async def _feed(self, record: Record, heard: int) -> None:
        audio = audio_of(record)
        skipped = max(0, heard - audio.position)
        self._finishing = False
        pcm = audio.pcm[skipped * BYTES_PER_SAMPLE :]
        await self.listening.feed(record.session_id, audio.language, audio.position + skipped, pcm, self._now())

    @property
    def _oldest(self) -> Record:
        """The first record that is open, or the last one that was taken."""
        oldest = self._frames.first or self._newest
        assert oldest is not None
        return oldest

    def _transcript(self, heard: Hypothesis) -> Transcript:
        return transcript(heard, self._segment, self._frames, self.listening.engine, self._now())
