"""One session's speech on its way from frames to finals.

The recogniser is fed as frames come; what it hears comes back at its own pace. Frames stay unsettled until the final
that accounts for them is delivered, so that a successor hears an open utterance again from its start.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from schemas.audio import BYTES_PER_SAMPLE
from schemas.channels import Hole
from schemas.languages import AUTO
from schemas.messages import End, Outcome, Reason, Transcript
from schemas.topics import TRANSCRIPTS, USAGE
from workers.errors import AtCapacity, EngineError
from workers.stage import Bury, Emit, Idle, Inbound, Kept, Outbound, Poisoned, Record, Settle
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.finals import LaneFinals
from workers.transcribe.frames import Frames, audio_of
from workers.transcribe.holes import Keep
from workers.transcribe.jump import LONGEST, Jump
from workers.transcribe.listening import OpenRecognition, Recognised
from workers.transcribe.partials import Partials
from workers.transcribe.plausible import require_plausible
from workers.transcribe.spoken import SpokenLanguage
from workers.transcribe.transcripts import hole, transcript, usage

log = structlog.get_logger()

PARTIAL_INTERVAL_MS = 200
"""At most 5 partials a second."""
REST_MS = 1_000
"""How long a lane waits before it tries again when every engine failed."""
CROWDED_MS = 10_000
"""The same when no recogniser was free."""


class SessionLane:
    """One session's state: long, as every part of it moves the same few positions."""

    def __init__(
        self,
        listening: OpenRecognition,
        finals_before: Callable[[Record], LaneFinals],
        now: Callable[[], int],
        jump: Jump,
        keep: Keep | None,
        measures: bool,
        partials: Partials,
    ) -> None:
        """`keep` puts what is passed over into the queue of holes; `measures`: finals say how they were spoken."""
        self.listening = listening
        self.ended = False
        self._finals_before, self._now, self._jump, self._keep = finals_before, now, jump, keep
        self._measures, self._partials = measures, partials
        self._finals: LaneFinals | None = None
        """None before the lane's first record."""
        self._frames = Frames()
        self._markers: deque[tuple[Record, int]] = deque()
        """Pause, mute and end that wait for the utterance before them, each with the audio heard until then."""
        self._session_id, self._partition = "", 0
        self._segment = 0
        """Where the last final ended."""
        self._heard = 0
        """Position up to which audio was taken."""
        self._fed = True
        """The engine has all audio that was taken."""
        self._finishing = False
        """The engine was asked to finish and is not quiet yet."""
        self._spoken = SpokenLanguage()
        self._border: int | None = None
        """From here on another language is spoken: what was taken behind it waits until the engine is quiet."""
        self._partial_at = self._rest_until = 0
        self._shown = False
        """The speaker reads the captions."""

    async def take(self, item: Inbound | Recognised) -> AsyncIterator[Outbound]:
        """What follows from one thing that arrived."""
        match item:
            case Record():
                if self._finals is None:
                    async for outbound in self._begin(item):
                        yield outbound
                follows = self._record(item)
            case Poisoned(records):
                if self._finals is None:
                    async for outbound in self._begin(records[0]):
                        yield outbound
                follows = self._poisoned(records)
            case Kept() if self._finals is not None:
                follows = self._compare(self._finals)
            case Idle():
                follows = self._idle()
            case Recognised() if self.listening.current(item):
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
        self._session_id, self._partition = first.session_id, first.partition
        self._finals = finals = self._finals_before(first)
        await finals.look()
        self._spoken = SpokenLanguage(finals.last)
        position = audio_of(first).position
        self._segment = finals.last.until if finals.last else finals.beginning(position)
        self._heard = finals.last.until if finals.last else position
        if finals.last and finals.undelivered and position < finals.last.until:
            yield await self._fixed(finals.last)

    async def _record(self, record: Record) -> AsyncIterator[Outbound]:
        assert self._finals is not None
        audio = audio_of(record)
        if audio.kind != "frame" or self._jump.lands(record):
            async for outbound in self._land():
                yield outbound
        if self._finals.ended:
            yield Settle(record)
            self.ended = self.ended or audio.kind == "end"
            return
        async for outbound in self._frame(record) if audio.kind == "frame" else self._marker(record):
            yield outbound

    async def _frame(self, record: Record) -> AsyncIterator[Outbound]:
        if audio_of(record).until <= self._heard:
            yield Settle(record)
            return
        self._shown = audio_of(record).shown
        self._frames.add(record, self._now())
        if self._jump.under_way or self._jump.needed(self._frames.oldest or record, record):
            async for outbound in self._pass_over(record):
                yield outbound
        elif self._border is not None:
            self._heard = audio_of(record).until
            self.listening.check(self._now())
        elif self._now() < self._rest_until:
            self._heard, self._fed = audio_of(record).until, False
        elif not self._fed:
            self._heard = audio_of(record).until
            await self._hear_again()
        else:
            await self._hear(record)
            self.listening.check(self._now())

    async def _pass_over(self, record: Record) -> AsyncIterator[Outbound]:
        """Takes a frame without hearing it."""
        if not self._jump.under_way:
            log.warning("lane.jumps", session_id=self._session_id, segment=self._segment)
            self._jump.under_way = True
            await self.listening.close()
        self._heard, self._fed, self._finishing, self._border = audio_of(record).until, True, False, None
        if self._heard - self._segment >= LONGEST:
            async for outbound in self._hole("skipped", "jump"):
                yield outbound

    async def _land(self) -> AsyncIterator[Outbound]:
        """Announces what was passed over, if anything was; hearing goes on behind it."""
        if not self._jump.under_way:
            return
        self._jump.under_way = False
        self.listening.rest()
        async for outbound in self._hole("skipped", "jump"):
            yield outbound

    async def _hole(self, outcome: Outcome, reason: Reason, engine: str = "") -> AsyncIterator[Outbound]:
        """Announces that the audio that is open will not be heard."""
        if self._frames:
            for record in self._frames:
                self._spoken.take(audio_of(record))
            now = self._now()
            lost = hole(self._segment, self._heard, self._frames, self._spoken, engine, now, outcome, reason)
            async for outbound in self._final(lost):
                yield outbound

    async def _poisoned(self, records: Sequence[Record]) -> AsyncIterator[Outbound]:
        """Announces the hole of audio that nobody may listen to; what was open before it is part of it."""
        await self.listening.close()
        self._finishing, self._fed, self._border = False, True, None
        for record in records:
            if audio_of(record).kind != "frame":
                self._markers.append((record, self._heard))
            elif audio_of(record).until <= self._heard:
                yield Settle(record)
            else:
                self._frames.add(record, self._now())
                self._heard = audio_of(record).until
        async for outbound in self._lose("engine"):
            yield outbound

    async def _lose(self, reason: Reason, engine: str = "") -> AsyncIterator[Outbound]:
        """Gives up the audio that is open, unless another worker has heard it: then what is left of it is heard."""
        until = self._heard
        async for outbound in self._hole("failed", reason, engine):
            yield outbound
        if not self._frames:
            async for outbound in self._quiet(until):
                yield outbound

    async def _marker(self, record: Record) -> AsyncIterator[Outbound]:
        audio = audio_of(record)
        if audio.kind != "end" and audio.position < self._heard:  # sent again by a speaker that resumed
            yield Settle(record)
            return
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
        if isinstance(result, EngineError):
            raise result
        self.listening.answered()
        require_plausible(result, self._segment, self._heard)
        match result:
            case Quiet(until):
                async for outbound in self._quiet(until):
                    yield outbound
            case Hypothesis(until=until) if until <= self._segment or not self._frames:
                return
            case Hypothesis(final=True):
                self.listening.rest()
                self._spoken.hear(result)
                async for outbound in self._final(self._transcript(result)):
                    yield outbound
                await self._go_back()
            case Hypothesis() if self._now() - self._partial_at >= PARTIAL_INTERVAL_MS:
                self._partial_at = self._now()
                self._spoken.hear(result)
                if self._shown or self._partials.wanted(self._session_id):
                    yield Emit(TRANSCRIPTS, self._transcript(result), awaited=False)

    async def _go_back(self) -> None:
        """To a better engine that works again: between two utterances, so that none is heard twice."""
        if not self._finishing and self._border is None and self.listening.outdone(self._now()):
            log.info("recogniser.returns", session_id=self._session_id, engine=self.listening.engine)
            await self.listening.close()
            await self._hear_again()

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
        assert self._finals is not None
        if not await self._finals.fix(final):
            async for outbound in self._overtaken():
                yield outbound
            return
        yield await self._fixed(final)
        took_ms = final.transcribed_at - self._frames.at(final.until).taken_at
        yield Emit(USAGE, usage(final, took_ms, self._now()), awaited=False)
        self._segment = final.until
        for record in self._frames.settled_by(final.until):
            yield Settle(record)

    async def _fixed(self, final: Transcript) -> Emit:
        """The final as it is delivered; what a jump passes over is in the queue of holes before."""
        if final.reason == "jump" and self._keep:
            await self._keep(Hole(session_id=self._session_id, partition=self._partition, final=final))
        return Emit(TRANSCRIPTS, final)

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
                language = self._spoken.tag if audio.language == AUTO else audio.language
                yield Emit(TRANSCRIPTS, End(position=position, language=language, ended_at=audio.captured_at))
                self.ended = True
            yield Settle(record)
        if self._border is not None and until >= self._border and not self.ended:
            async for outbound in self._cross():
                yield outbound

    async def _cross(self) -> AsyncIterator[Outbound]:
        """All before the border is heard: what waits behind it is, in its own language."""
        await self.listening.close()
        self._finishing = False
        await self._hear_again()
        if self._markers:
            async for outbound in self._finish():
                yield outbound

    async def _failed(self, error: EngineError) -> AsyncIterator[Outbound]:
        """Lets the next try hear the unfinished audio again; when none is left, announces the hole."""
        log.warning("recogniser.failed", session_id=self._session_id, error=type(error).__name__, detail=str(error))
        self._finishing, self._border = False, None
        if await self.listening.next_try(error):
            await self._hear_again()
            if self._markers:
                async for outbound in self._finish():
                    yield outbound
            return
        if self.listening.gave_up:
            for record in self._frames:
                yield Bury(record, self.listening.gave_up)
        self.listening.rest()
        self._fed = True
        self._rest_until = self._now() + (CROWDED_MS if isinstance(error, AtCapacity) else REST_MS)
        async for outbound in self._lose(
            "at-capacity" if isinstance(error, AtCapacity) else "engine", self.listening.engine
        ):
            yield outbound

    async def _compare(self, finals: LaneFinals) -> AsyncIterator[Outbound]:
        """The partition was somebody else's for a while."""
        if await finals.overtaken():
            async for outbound in self._overtaken():
                yield outbound

    async def _overtaken(self) -> AsyncIterator[Outbound]:
        """Another worker fixed another final first: goes on after that one."""
        assert self._finals is not None
        await self.listening.close()
        self._finishing, self._rest_until, self._border = False, 0, None
        last = self._finals.last
        self._spoken = SpokenLanguage(last)
        if last and self._finals.undelivered:  # the other may have died before it was
            yield await self._fixed(last)
        if last:
            self._segment, self._heard = last.until, max(self._heard, last.until)
        until = self._heard if self._finals.ended else self._segment
        for record in self._frames.settled_by(until):
            yield Settle(record)
        if self._finals.ended:
            while self._markers:
                record, _ = self._markers.popleft()
                self.ended = self.ended or audio_of(record).kind == "end"
                yield Settle(record)
            return
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
        self._fed, self._border = True, None
        heard = self._segment
        for record in self._frames:
            await self._feed(record, heard)
            if self._border is not None:
                return
            heard = audio_of(record).until

    async def _feed(self, record: Record, heard: int) -> None:
        """Gives the engine audio from `heard` on; of another language only when it is done with what was before."""
        audio = audio_of(record)
        if self.listening.open and self._spoken.changes(audio):
            self._border, self._finishing = heard, True
            await self.listening.finish(self._now())
            return
        self._spoken.take(audio)
        skipped = max(0, heard - audio.position)
        self._finishing = False
        pcm = audio.pcm[skipped * BYTES_PER_SAMPLE :]
        await self.listening.feed(self._session_id, self._spoken.language, audio.position + skipped, pcm, self._now())

    def _transcript(self, heard: Hypothesis) -> Transcript:
        engine, now = self.listening.engine, self._now()
        return transcript(heard, self._segment, self._frames, self._spoken, engine, now, measures=self._measures)
