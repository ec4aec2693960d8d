"""One session's recognition: a stream of Transcribe, and after each finish another one.

Only the end of a stream is a proof that the service has heard everything: while nothing comes, nobody knows whether
nothing was said. So a stream is ended where the speaker pauses or mutes, and before it is as old as it may be, in a
silence; where it is loud and nothing comes it is ended, too, and a service that does not answer that has failed.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from workers.errors import EngineCrashed, EngineError, EngineRefused
from workers.transcribe.engine import Hypothesis, Quiet
from workers.transcribe.engines.amazon.loudness import Loudness
from workers.transcribe.engines.amazon.reading import StreamReading
from workers.transcribe.engines.amazon.stream import AmazonStream

PIECE: Final = SAMPLE_RATE // 10
"""Samples that are sent at a time."""
PREROLL: Final = SAMPLE_RATE
"""What is kept of silence: a word may begin softly."""
CALM: Final = 3 * PIECE
"""Of silence in which a stream may be renewed."""
AHEAD_S: Final = 30.0
PACE: Final = 1.5
"""Audio may come so much faster than it was spoken, when it is so far ahead: the service hears in real time, and
refuses what was signed minutes before."""
_TICK_S: Final = 0.5


@dataclass(frozen=True)
class StreamLimits:
    """Of the streams of a session, in seconds."""

    doubt_s: float = 12.0
    """Nothing came for so long though it was loud."""
    idle_s: float = 8.0
    """No audio came; after 15 the service ends the stream with an error."""
    renew_s: float = 3.75 * 3600
    """A stream is so old; at 4 hours the service ends it."""
    renew_at_latest_s: float = 3.95 * 3600


@dataclass
class _StreamPart:
    """The audio of one stream, and what was made of it."""

    stream: AmazonStream
    begin: int
    reading: StreamReading
    since: float
    """When it began, in the loop's seconds."""
    loud: Loudness = field(default_factory=Loudness)
    sent: int = 0
    """Position up to which audio was sent."""
    answered_at: float = 0.0
    answered_to: int = 0
    """When something came, or nothing was to come, last; and what was sent by then."""
    ended: bool = False
    quiet_until: int = -1

    @property
    def unheard(self) -> int | None:
        """Where speech may begin that nothing was said of."""
        return self.loud.first_after(self.reading.until)

    def quiet(self) -> Quiet | None:
        """What is quiet for sure, if that is more than was said."""
        if self.reading.open or self.ended or not self.stream.begun:
            return None  # before the service took the stream, silence here says nothing of it
        unheard = self.unheard
        until = (self.sent if unheard is None else unheard) - PREROLL
        if until - max(self.quiet_until, self.reading.until) < PREROLL // 2:
            return None
        self.quiet_until = until
        return Quiet(until)


class AmazonRecognition:
    """One session's stream of audio."""

    def __init__(
        self,
        begin: Callable[[str], AmazonStream],
        language: str,
        finds: bool,
        limits: StreamLimits,
        on_close: Callable[[], None],
    ) -> None:
        """`begin` a stream in one of Amazon's languages; empty, and `finds`: it is to be found out."""
        self._begin_stream, self._language, self._finds, self._limits = begin, language, finds, limits
        self._on_close = on_close
        self._parts: deque[_StreamPart | Quiet] = deque()
        """What results are awaited from, in order; the last one may take audio."""
        self._arrived = asyncio.Event()
        self._part: _StreamPart | None = None
        """What takes audio."""
        self._piece = bytearray()
        self._fed = 0
        self._began_at: float | None = None
        self._took = 0
        """Samples taken since then."""
        self._fed_at = 0.0
        self._error: EngineError | None = None
        self._closed = False

    async def feed(self, position: int, pcm: bytes) -> None:
        """Passes PCM on; waits while the service is far behind. Raises EngineError."""
        if self._error:
            raise self._error
        if len(pcm) % BYTES_PER_SAMPLE:
            raise EngineRefused("PCM ends within a sample.")
        if self._part and position != self._fed:
            self._end_part()
        now = asyncio.get_running_loop().time()
        part = self._part or self._begin_part(position, now)
        self._fed, self._fed_at = position + samples(pcm), now
        self._piece += pcm
        while len(self._piece) >= PIECE * BYTES_PER_SAMPLE:
            self._send(part)
        self._renew(part, now)
        await self._keep_pace(samples(pcm), now)

    async def finish(self) -> None:
        """Ends the stream: its last results come, then Quiet. Raises EngineError."""
        if self._error:
            raise self._error
        if self._part:
            self._end_part()
        else:
            self._parts.append(Quiet(self._fed))
            self._arrived.set()

    async def results(self) -> AsyncIterator[Hypothesis | Quiet]:
        """What is heard, until `close`. Raises EngineError."""
        while not self._closed:
            if not self._parts:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            part = self._parts[0]
            if isinstance(part, Quiet):
                self._parts.popleft()
                yield part
                continue
            async for result in self._results_of(part):
                yield result

    async def close(self) -> None:
        """Results end."""
        if self._closed:
            return
        self._closed, self._part = True, None
        self._arrived.set()
        self._on_close()
        for part in self._parts:
            if isinstance(part, _StreamPart):
                await part.stream.close()
                part.stream.results.put_nowait(None)

    async def _results_of(self, part: _StreamPart) -> AsyncIterator[Hypothesis | Quiet]:
        """All of one stream, to its end or `close`."""
        while not self._closed:
            try:
                async with asyncio.timeout(_TICK_S):
                    result = await part.stream.results.get()
            except TimeoutError:
                if not self._closed:
                    self._look(part)
            else:
                if self._closed:
                    return
                if isinstance(result, EngineError):
                    self._error = result
                    raise result
                if result is None:
                    self._require_end(part)
                    for last in part.reading.rest():
                        yield last
                    self._parts.popleft()
                    yield Quiet(part.sent)
                    return
                part.answered_at, part.answered_to = asyncio.get_running_loop().time(), part.sent
                for said in part.reading.take(result):
                    self._learn(said)
                    yield said
            if quiet := part.quiet():
                yield quiet

    def _require_end(self, part: _StreamPart) -> None:
        """A service that stopped to listen early, and told nobody, left words open."""
        if part.reading.open:
            self._error = EngineCrashed("(the last words did not come)")
            raise self._error

    def _learn(self, said: Hypothesis) -> None:
        """A language that was found out for good is told to the next stream."""
        if said.certain and self._finds and not self._language:
            self._language = said.language

    def _begin_part(self, position: int, now: float) -> _StreamPart:
        part = _StreamPart(
            self._begin_stream(self._language),
            position,
            StreamReading(position, finds=self._finds),
            since=now,
            sent=position,
            answered_at=now,
            answered_to=position,
        )
        self._part = part
        self._parts.append(part)
        self._arrived.set()
        return part

    def _send(self, part: _StreamPart) -> None:
        pcm = bytes(self._piece[: PIECE * BYTES_PER_SAMPLE])
        del self._piece[: len(pcm)]
        part.loud.hear(part.sent, pcm)
        part.sent += samples(pcm)
        part.reading.sent = part.sent
        part.stream.send(pcm)

    def _end_part(self) -> None:
        """Sends what is left, and lets the last results come."""
        part, self._part = self._part, None
        assert part
        while self._piece:
            self._send(part)
        part.ended = True
        part.reading.end()
        part.stream.end()

    def _renew(self, part: _StreamPart, now: float) -> None:
        """Before a stream is too old its successor takes the audio: in a silence, so that no word is cut."""
        age = now - part.since
        calm = part.loud.quiet_samples >= CALM
        if age >= self._limits.renew_at_latest_s or (age >= self._limits.renew_s and calm):
            self._end_part()

    def _look(self, part: _StreamPart) -> None:
        """Ends a stream that gets no audio, or of which nothing comes though it should."""
        if part.ended:
            return
        now = asyncio.get_running_loop().time()
        if not part.reading.open and part.unheard is None:
            part.answered_at, part.answered_to = now, part.sent
        silent_s = min(now - part.answered_at, (part.sent - part.answered_to) / SAMPLE_RATE)
        if silent_s > self._limits.doubt_s or now - self._fed_at > self._limits.idle_s:
            self._end_part()

    async def _keep_pace(self, taken: int, now: float) -> None:
        if self._began_at is None:
            self._began_at = now
        self._took += taken
        ahead_s = self._took / SAMPLE_RATE - PACE * (now - self._began_at) - AHEAD_S
        if ahead_s > 0:
            await asyncio.sleep(ahead_s / PACE)
