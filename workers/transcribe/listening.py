"""The recognition that a lane has open now, and which engine is tried next when it fails."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from workers.errors import EngineError, EngineTimeout, EngineUnavailable
from workers.merge import Merge
from workers.transcribe.engine import Hypothesis, Quiet, Recogniser, Recognition

TRIES_PER_ENGINE = 2


@dataclass(frozen=True)
class Heard:
    """A result, with the recognition that it came from: what a dropped one still says does not count."""

    source: Recognition
    result: Hypothesis | Quiet | EngineError


class Listening:
    """Opens an engine at the first audio; its results arrive in the lane's merge as Heard."""

    def __init__(self, recognisers: Sequence[Recogniser], arrived: Merge[Any], timeout_s: float) -> None:
        self._recognisers = recognisers
        self._arrived = arrived
        self._timeout_s = timeout_s
        self._recognition: Recognition | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asked: Recogniser | None = None
        """The engine that listens, or did last."""
        self._tries: list[Recogniser] = []
        """What is left to try for the open utterance."""
        self.rest()

    @property
    def open(self) -> bool:
        """An engine listens."""
        return self._recognition is not None

    @property
    def engine(self) -> str:
        """Name of the engine that listens, or did last; empty when none was asked."""
        return self._asked.name if self._asked else ""

    def current(self, heard: Heard) -> bool:
        """It comes from the recognition that is open."""
        return heard.source is self._recognition

    async def feed(self, session_id: str, language: str, position: int, pcm: bytes) -> None:
        """Gives audio to the engine. Raises EngineError."""
        async with self._in_time():
            if self._recognition is None:
                self._asked = self._next_engine(language)
                self._recognition = await self._asked.open(session_id, language, ())
                self._reading = self._arrived.add(_results(self._recognition))
            await self._recognition.feed(position, pcm)

    async def finish(self) -> None:
        """Ends the open utterance. Raises EngineError."""
        if self._recognition is not None:
            async with self._in_time():
                await self._recognition.finish()

    def rest(self) -> None:
        """An utterance is over: the next one has all tries again."""
        self._tries = [engine for engine in self._recognisers for _ in range(TRIES_PER_ENGINE)]

    async def next_try(self, error: EngineError) -> bool:
        """Drops the recognition; False when nothing is left to try for this utterance."""
        await self.close()
        if self._asked in self._tries:
            self._tries.remove(self._asked)
        if not error.retryable:
            self._tries = [engine for engine in self._tries if engine is not self._asked]
        return bool(self._tries)

    async def close(self) -> None:
        """Frees the engine."""
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
        spoken = {language, language.split("-")[0], "*"}
        while self._tries:
            if self._tries[0].languages & spoken:
                return self._tries[0]
            self._tries.pop(0)
        raise EngineUnavailable(f"no engine understands {language}")


async def _results(recognition: Recognition) -> AsyncIterator[Heard]:
    try:
        async for result in recognition.results():
            yield Heard(recognition, result)
    except EngineError as error:
        yield Heard(recognition, error)
