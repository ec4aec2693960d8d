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
        self._tries: list[Recogniser] = []
        """What is left to try for the open utterance."""
        self.rest()

    @property
    def open(self) -> bool:
        """An engine listens."""
        return self._recognition is not None

    @property
    def engine(self) -> str:
        """Name of the engine that listens, or would."""
        return (self._tries or self._recognisers)[0].name

    def current(self, heard: Heard) -> bool:
        """It comes from the recognition that is open."""
        return heard.source is self._recognition

    async def feed(self, session_id: str, language: str, position: int, pcm: bytes) -> None:
        """Gives audio to the engine. Raises EngineError."""
        if self._recognition is None:
            engine = self._next_engine(language)
            self._recognition = await engine.open(session_id, language, ())
            self._reading = self._arrived.add(_results(self._recognition))
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._recognition.feed(position, pcm)
        except TimeoutError as error:
            raise EngineTimeout from error

    async def finish(self) -> None:
        """Ends the open utterance. Raises EngineError."""
        if self._recognition is not None:
            await self._recognition.finish()

    def rest(self) -> None:
        """An utterance is over: the next one has all tries again."""
        self._tries = [engine for engine in self._recognisers for _ in range(TRIES_PER_ENGINE)]

    async def next_try(self, error: EngineError) -> bool:
        """Drops the recognition; False when nothing is left to try for this utterance."""
        await self.close()
        if self._tries:
            failed = self._tries.pop(0)
            while not error.retryable and self._tries and self._tries[0] is failed:
                self._tries.pop(0)
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
