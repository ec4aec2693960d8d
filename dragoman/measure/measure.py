"""Speaks clips into one session and notes what ordinary listeners get, and when."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

from dragoman.client.credential import Credential
from dragoman.client.listener import Listener
from dragoman.client.pace import Pace, of_bytes, speak
from dragoman.client.speaker import Speaker
from dragoman.measure.clips import Clip, PlacedClip, place
from dragoman.measure.hearing import ListenerNotes
from dragoman.runtime.errors import DragomanError
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from schemas.socket import JoinSession

SILENCE_S: Final = 1.0
"""Behind each clip."""
LAST_WORDS_S: Final = 60.0
"""How long the end may take after the last sample."""


@dataclass
class Sent:
    """When each sample was captured: frames leave when their last sample would have been spoken."""

    positions: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def note(self, position: int, captured_at: float) -> None:
        """A frame whose first sample is `position` was captured at `captured_at`, Unix seconds."""
        self.positions.append(position)
        self.times.append(captured_at)

    def at(self, position: int) -> float:
        """When the sample was captured, Unix seconds."""
        frame = max(0, bisect_right(self.positions, position) - 1)
        return self.times[frame] + (position - self.positions[frame]) / SAMPLE_RATE


@dataclass(frozen=True)
class RunFigures:
    """What came of a run."""

    code: str
    placed: list[PlacedClip]
    sent: Sent
    hearings: dict[str, ListenerNotes]
    """By language; the floor is among them."""
    floor: str
    paced: bool


async def measure(
    url: str,
    clips: Sequence[Clip],
    *,
    floor: str,
    languages: Sequence[str],
    paced: bool,
    credential: Credential = "",
    silence_s: float = SILENCE_S,
) -> RunFigures:
    """Speaks `clips`, with silence behind each, into one session.

    There is a listener of the floor (fast, captions only) and one of each language.
    """
    sent = Sent()
    hearings = {language: ListenerNotes(language) for language in (floor, *languages)}
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(
            Speaker.create(url, floor, title="Measurement", credential=credential)
        )
        placed = place(clips, silence_s)
        listening = []
        for language, hearing in hearings.items():
            joining = JoinSession(
                session_id=speaker.code,
                target_language=language,
                audio=language != floor,
                mode="fast" if language == floor else "steady",
            )
            listener = await stack.enter_async_context(Listener(url, joining))
            listening.append(asyncio.create_task(_hear(listener, hearing)))
            stack.callback(listening[-1].cancel)
        await speak(speaker, _all(placed), Pace(fast=not paced), on_sent=sent.note)
        await speaker.end()
        try:
            async with asyncio.timeout(LAST_WORDS_S if paced else None):
                await asyncio.gather(*listening)
        except TimeoutError as error:
            missing = ", ".join(language for language, hearing in hearings.items() if not hearing.ended)
            raise DragomanError(f"the session did not end within {LAST_WORDS_S:.0f} s for {missing}") from error
    return RunFigures(speaker.code, placed, sent, hearings, floor, paced)


async def _hear(listener: Listener, hearing: ListenerNotes) -> None:
    async for message in listener.messages():
        hearing.note(message)


async def _all(placed: Sequence[PlacedClip]) -> AsyncIterator[bytes]:
    """All clips with their silences as one stream of frames, as one microphone would give it."""
    whole = b"".join(one.clip.pcm.ljust((one.until - one.start) * BYTES_PER_SAMPLE, b"\0") for one in placed)
    async for frame in of_bytes(whole):
        yield frame
