"""The recognition that a lane has open now, and which engine is tried next when it fails."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from workers.breaker import Breakers
from workers.endings import Tries
from workers.errors import EngineError, EngineTimeout
from workers.merge import Merge
from workers.transcribe.engine import Hypothesis, Quiet, Recogniser, Recognition
from workers.transcribe.turn import NoEngineError, Turn


@dataclass(frozen=True)
class Recognised:
    """A result, with the recognition that it came from: what a dropped one still says does not count."""

    source: Recognition
    result: Hypothesis | Quiet | EngineError


class OpenRecognition:
    """Opens an engine at the first audio; its results arrive in the lane's merge as Heard."""

    def __init__(
        self,
        recognisers: Sequence[Recogniser],
        arrived: Merge[Any],
        timeout_s: float,
        breakers: Breakers | None = None,
    ) -> None:
        self._recognisers = recognisers
        self._turn = Turn(recognisers, breakers)
        self._language, self._now = "", 0
        self._arrived = arrived
        self._timeout_s = timeout_s
        self._recognition: Recognition | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asked: Recogniser | None = None
        """The engine that listens, or did last."""
        self._waiting_since: int | None = None
        """Since when the engine owes an answer, Unix ms."""
        self._left: list[Recogniser] = []
        """What is left to try for the open utterance."""
        self._tries: defaultdict[str, Tries] = defaultdict(Tries)
        """By engine."""
        self.gave_up = ""
        """Why the utterance for which nothing was left to try goes to the dead letters; empty: it does not."""
        self.rest()

    @property
    def open(self) -> bool:
        """An engine listens."""
        return self._recognition is not None

    @property
    def engine(self) -> str:
        """Name of the engine that listens, or did last; empty when none was asked."""
        return self._asked.name if self._asked else ""

    def current(self, heard: Recognised) -> bool:
        """It comes from the recognition that is open."""
        return heard.source is self._recognition

    async def feed(self, session_id: str, language: str, position: int, pcm: bytes, now: int) -> None:
        """Gives audio to the engine, which from `now` (Unix ms) on owes an answer. Raises EngineError."""
        self._await_answer(now)
        async with self._in_time():
            if self._recognition is None:
                self._language = language
                self._asked = self._next_engine(language)
                self._recognition = await self._asked.open(session_id, language, ())
                self._reading = self._arrived.add(_results(self._recognition))
            await self._recognition.feed(position, pcm)

    async def finish(self, now: int) -> None:
        """Ends the open utterance; the engine owes an answer to that. Raises EngineError."""
        self._await_answer(now)
        if self._recognition is not None:
            async with self._in_time():
                await self._recognition.finish()

    def answered(self) -> None:
        """The engine said something."""
        self._waiting_since = None
        self._turn.answered()

    def outdone(self, now: int) -> bool:
        """An engine that is asked before the one that listens could be asked again."""
        return self.open and self._turn.before(self._asked, self._language, now)

    def check(self, now: int) -> None:
        """Raises EngineTimeout when the engine that listens has owed an answer for too long."""
        if self.open and self._waiting_since is not None and now - self._waiting_since > self._timeout_s * 1000:
            raise EngineTimeout

    def _await_answer(self, now: int) -> None:
        self._now = now
        if self._waiting_since is None:
            self._waiting_since = now

    def rest(self) -> None:
        """An utterance is over: the next one has all tries again."""
        self._left, self.gave_up = list(self._recognisers), ""
        self._tries.clear()

    async def next_try(self, error: EngineError) -> bool:
        """Drops the recognition; False when nothing is left to try for this utterance."""
        self._turn.failed(self.engine, self._language, error, self._now)
        await self.close()
        tries = self._tries[self.engine]
        tries.count(error)
        if tries.over:
            self.gave_up = self.gave_up or tries.gave_up
            self._left = [engine for engine in self._left if engine is not self._asked]
        return bool(self._left)

    async def close(self) -> None:
        """Frees the engine."""
        self._waiting_since = None
        self._turn.left()
        recognition, self._recognition = self._recognition, None
        reading, self._reading = self._reading, None
        if reading:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if recognition:
            with contextlib.suppress(EngineError):
                await recognition.close()

    @contextlib.asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout_s):
                yield
        except TimeoutError as error:
            raise EngineTimeout from error

    def _next_engine(self, language: str) -> Recogniser:
        if engine := self._turn.next(self._left, language):
            return engine
        raise NoEngineError(f"none that works understands {language}")


async def _results(recognition: Recognition) -> AsyncIterator[Recognised]:
    try:
        async for result in recognition.results():
            yield Recognised(recognition, result)
    except EngineError as error:
        yield Recognised(recognition, error)
