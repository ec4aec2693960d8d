"""Audio in, transcripts out. A lane is a session; its finals tile the audio.

The recogniser is fed as frames come; what it hears comes back at its own pace. Frames stay unsettled until the final
that accounts for them is delivered, so that a successor hears an open utterance again from its start.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from schemas.audio import BYTES_PER_SAMPLE
from schemas.messages import End, Transcript
from schemas.topics import TRANSCRIPTS, USAGE
from workers.errors import AtCapacity, EngineError, EngineTimeout
from workers.merge import Merge
from workers.outbox import Outbox
from workers.stage import Drain, Emit, Idle, Inbound, Outbound, Poisoned, Record, Settle
from workers.transcribe.engine import Hypothesis, Quiet, Recogniser
from workers.transcribe.frames import Frames, audio_of
from workers.transcribe.listening import Heard, Listening
from workers.transcribe.transcripts import hole, transcript, usage

log = structlog.get_logger()

PARTIAL_INTERVAL_MS = 200
"""At most 5 partials a second."""
LONGEST_UTTERANCE_MS = 10_000
"""No engine is silent for longer than this and its timeout while it has audio."""
REST_MS = 1_000
"""How long a lane waits before it tries again when every engine failed."""
CROWDED_MS = 10_000
"""The same when no recogniser was free."""


async def transcribe(
    inbound: AsyncIterator[Inbound],
    *,
    recognisers: Sequence[Recogniser],
    outbox: Outbox,
    now: Callable[[], int],
    timeout_s: float = 10,
) -> AsyncIterator[Outbound]:
    """The stage. Each engine of `recognisers` hears again what the one before it failed to finish."""
    arrived: Merge[Inbound | Heard] = Merge()
    arrived.add(inbound)
    lane = _Lane(Listening(recognisers, arrived, LONGEST_UTTERANCE_MS / 1000 + timeout_s), outbox, now, timeout_s)
    try:
        while not lane.ended:
            item = await arrived.next()
            if isinstance(item, Drain):
                return
            async for outbound in lane.take(item):
                yield outbound
    finally:
        await lane.listening.close()
        await arrived.close()


class _Lane:
    """One session's state."""

    def __init__(self, listening: Listening, outbox: Outbox, now: Callable[[], int], timeout_s: float) -> None:
        self.listening = listening
        self.ended = False
        self._outbox, self._now = outbox, now
        self._patience_ms = LONGEST_UTTERANCE_MS + timeout_s * 1000
        self._frames = Frames()
        self._markers: deque[tuple[Record, int]] = deque()
        """Pause, mute and end that wait for the utterance before them, each with the audio heard until then."""
        self._session_id = ""
        self._segment = -1
        """Where the last final ended; -1 before the lane's first record."""
        self._heard = 0
        """Position up to which audio was taken."""
        self._fed = True
        """The engine has all audio that was taken."""
        self._finishing = False
        """The engine was asked to finish and is not quiet yet."""
        self._waiting_since: int | None = None
        """Since when the engine owes an answer, Unix ms."""
        self._partial_at = self._rest_until = 0

    async def take(self, item: Inbound | Heard) -> AsyncIterator[Outbound]:
        """What follows from one thing that arrived."""
        match item:
            case Record():
                if self._segment < 0:
                    async for outbound in self._begin(item):
                        yield outbound
                follows = self._frame(item) if audio_of(item).kind == "frame" else self._marker(item)
            case Poisoned(records):
                if self._segment < 0:
                    async for outbound in self._begin(records[0]):
                        yield outbound
                follows = self._poisoned(records)
            case Idle():
                follows = self._idle()
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
        self._session_id = first.session_id
        last = await self._outbox.last(first.session_id)
        position = audio_of(first).position
        self._segment = self._heard = last.until if last else position
        if last and position < last.until:
            yield Emit(TRANSCRIPTS, last)

    async def _frame(self, record: Record) -> AsyncIterator[Outbound]:
        if audio_of(record).until <= self._heard:
            yield Settle(record)
            return
        self._frames.add(record, self._now())
        if self._now() < self._rest_until:
            self._heard, self._fed = audio_of(record).until, False
        elif not self._fed:
            await self._hear_again()
        else:
            await self._hear(record)
            self._check_alive()

    async def _poisoned(self, records: Sequence[Record]) -> AsyncIterator[Outbound]:
        """Announces the hole of audio that nobody may listen to; what was open before it is part of it."""
        await self.listening.close()
        self._finishing, self._fed, self._waiting_since = False, True, None
        for record in records:
            if audio_of(record).kind == "frame":
                self._frames.add(record, self._now())
                self._heard = max(self._heard, audio_of(record).until)
            else:
                self._markers.append((record, self._heard))
        if self._heard > self._segment and self._frames:
            async for outbound in self._final(hole(self._segment, self._heard, self._frames, "", self._now())):
                yield outbound
        async for outbound in self._quiet(self._heard):
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
        if self._frames and not self._fed and self._now() >= self._rest_until:
            await self._hear_again()
        if self._finishing:
            self._check_alive()
        elif self._frames or self._markers:
            async for outbound in self._finish():
                yield outbound

    async def _result(self, result: Hypothesis | Quiet | EngineError) -> AsyncIterator[Outbound]:
        self._waiting_since = None
        match result:
            case EngineError():
                raise result
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
            self._await_answer()
            await self.listening.finish()
        elif self._fed:
            async for outbound in self._quiet(self._heard):
                yield outbound

    async def _final(self, final: Transcript) -> AsyncIterator[Outbound]:
        """Fixes, delivers and settles a final, unless another worker fixed another one first."""
        if not await self._outbox.fix(self._session_id, final):
            async for outbound in self._overtaken():
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
        log.warning("recogniser.failed", session=self._session_id, error=type(error).__name__, detail=str(error))
        self._finishing = False
        if await self.listening.next_try(error):
            await self._hear_again()
            if self._markers:
                async for outbound in self._finish():
                    yield outbound
            return
        self.listening.rest()
        self._fed = True
        self._rest_until = self._now() + (CROWDED_MS if isinstance(error, AtCapacity) else REST_MS)
        if self._frames:
            lost = hole(self._segment, self._heard, self._frames, self.listening.engine, self._now())
            async for outbound in self._final(lost):
                yield outbound
        async for outbound in self._quiet(self._heard):
            yield outbound

    async def _overtaken(self) -> AsyncIterator[Outbound]:
        """Another worker fixed another final first: goes on after that one."""
        log.warning("transcript.overtaken", session=self._session_id, segment=self._segment)
        await self.listening.close()
        last = await self._outbox.last(self._session_id)
        assert last is not None
        yield Emit(TRANSCRIPTS, last)  # the other may have died before it was delivered
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
        self._fed, self._waiting_since = True, None
        heard = self._segment
        for record in self._frames:
            await self._feed(record, heard)
            heard = audio_of(record).until

    async def _feed(self, record: Record, heard: int) -> None:
        audio = audio_of(record)
        skipped = max(0, heard - audio.position)
        self._finishing = False
        self._await_answer()
        pcm = audio.pcm[skipped * BYTES_PER_SAMPLE :]
        await self.listening.feed(self._session_id, audio.language, audio.position + skipped, pcm)

    def _await_answer(self) -> None:
        if self._waiting_since is None:
            self._waiting_since = self._now()

    def _check_alive(self) -> None:
        if not self.listening.open or self._waiting_since is None:
            return
        if self._now() - self._waiting_since > self._patience_ms:
            raise EngineTimeout

    def _transcript(self, heard: Hypothesis) -> Transcript:
        return transcript(heard, self._segment, self._frames, self.listening.engine, self._now())
