"""A recogniser that hears what the test says and fails when the test wants it to, and the audio that it is given."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from schemas.audio import to_ms
from schemas.messages import Audio
from tests.workers.driving import record
from workers.errors import EngineError
from workers.stage import Record
from workers.transcribe.engine import Hypothesis, Quiet

FRAME = 1_600
"""Samples of a frame: 100 ms."""
CAPTURED_AT = 1_000
"""When the session's first sample was captured, Unix ms."""


class Dictated:
    """The engine; `opened` are its streams."""

    capacity: tuple[int, int] | None = None

    def __init__(self, name: str = "dictated", language: str = "*") -> None:
        self.name = name
        self.languages = frozenset({language})
        self.opened: list[DictatedRecognition] = []
        self.asked: list[str] = []
        """The languages of its streams."""
        self.refuses: list[EngineError] = []
        """What the next calls of `open` raise."""
        self.hangs = False
        """`open` never returns."""

    async def start(self) -> None:
        """Nothing to prove."""

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> "DictatedRecognition":
        if self.hangs:
            await asyncio.Event().wait()
        if self.refuses:
            raise self.refuses.pop(0)
        self.asked.append(language)
        self.opened.append(DictatedRecognition())
        return self.opened[-1]

    async def close(self) -> None:
        """Nothing was started."""


class DictatedRecognition:
    """Keeps what it is fed; says nothing by itself but that it is quiet after `finish`."""

    def __init__(self) -> None:
        self.fed: list[tuple[int, int]] = []
        """Position of the first sample and after the last one of each feed."""
        self.finishes = 0
        self.closed = False
        self.mute_finish = False
        """`finish` is not answered."""
        self.fail_feed: EngineError | None = None
        self.fail_finish: EngineError | None = None
        self._results: asyncio.Queue[Hypothesis | Quiet | EngineError] = asyncio.Queue()

    def say(self, *results: Hypothesis | Quiet | EngineError) -> None:
        """These are heard next."""
        for result in results:
            self._results.put_nowait(result)

    async def feed(self, position: int, pcm: bytes) -> None:
        if self.fail_feed:
            raise self.fail_feed
        self.fed.append((position, position + len(pcm) // 2))

    async def finish(self) -> None:
        if self.fail_finish:
            raise self.fail_finish
        self.finishes += 1
        if not self.mute_finish:
            self.say(Quiet(self.fed[-1][1]))

    async def results(self) -> AsyncIterator[Hypothesis | Quiet]:
        while True:
            result = await self._results.get()
            if isinstance(result, EngineError):
                raise result
            yield result

    async def close(self) -> None:
        self.closed = True


def heard(until: int, *, start: int = 0, final: bool = True, text: str = "") -> Hypothesis:
    """A result up to `until`."""
    return Hypothesis(text or f"{start} to {until}", start=start, end=until, until=until, final=final)


def frame(offset: int, position: int, samples: int = FRAME, language: str = "en", since: int = 0) -> Record:
    """A frame that begins at `position`."""
    audio = Audio(
        kind="frame",
        position=position,
        captured_at=CAPTURED_AT + to_ms(position),
        language=language,
        since=since,
        pcm=bytes(2 * samples),
    )
    return record("audio", offset, audio)


def frames(first: int, last: int, offset: int | None = None, language: str = "en", since: int = 0) -> list[Record]:
    """Frames that cover positions `first` to `last`; offsets count from `offset`, else by the position."""
    at = first // FRAME if offset is None else offset
    positions = enumerate(range(first, last, FRAME))
    return [frame(at + n, position, language=language, since=since) for n, position in positions]


def marker(offset: int, kind: Literal["pause", "mute", "end"], position: int, language: str = "en") -> Record:
    """Pause, mute or end at `position`."""
    audio = Audio(kind=kind, position=position, captured_at=CAPTURED_AT + to_ms(position), language=language)
    return record("audio", offset, audio)
