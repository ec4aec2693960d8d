"""What was said in a session, put together again from the topics."""

import wave
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from schemas.messages import Audio, Segment, Transcript, Translation

SILENCE = bytes(BYTES_PER_SAMPLE * SAMPLE_RATE)


class FloorAudio:
    """The frames of a session as one stream: overlaps are cut by position, gaps are silence."""

    def __init__(self) -> None:
        self.position = 0
        """Samples so far."""
        self.gap = 0
        """Samples of silence that stand for audio that is not there."""

    def take(self, audio: Audio) -> Iterable[bytes]:
        """What follows from a frame; nothing from a marker."""
        if audio.kind != "frame" or audio.until <= self.position:
            return
        missing = audio.position - self.position
        if missing > 0:
            self.gap += missing
            yield from _silence(missing)
        yield audio.pcm[max(0, -missing) * BYTES_PER_SAMPLE :]
        self.position = audio.until


async def write_wav(records: AsyncIterator[Audio], target: Path | IO[bytes]) -> FloorAudio:
    """Writes a WAV (16 kHz, mono, s16le); returns how long it is and how much of it is missing."""
    floor = FloorAudio()
    with ExitStack() as stack:
        # Opened here: a Wave_write that could not open its file complains once more when it is collected.
        file = stack.enter_context(target.open("wb")) if isinstance(target, Path) else target
        wav = stack.enter_context(wave.open(file, "wb"))
        wav.setnchannels(1)
        wav.setsampwidth(BYTES_PER_SAMPLE)
        wav.setframerate(SAMPLE_RATE)
        async for audio in records:
            for pcm in floor.take(audio):
                wav.writeframesraw(pcm)
    return floor


async def finals(records: AsyncIterator[Segment], language: str) -> list[Transcript | Translation]:
    """The finals in `language` in order, each in its last revision."""
    newest: dict[int, Transcript | Translation] = {}
    async for message in records:
        if not isinstance(message, Transcript | Translation) or not message.final or message.language != language:
            continue
        known = newest.get(message.segment)
        if known is None or message.revision > known.revision:
            newest[message.segment] = message
    return [newest[segment] for segment in sorted(newest)]


def _silence(samples: int) -> Iterable[bytes]:
    """In slices of at most 1 s: a gap of an hour takes no memory."""
    for _ in range(samples // SAMPLE_RATE):
        yield SILENCE
    yield bytes(samples % SAMPLE_RATE * BYTES_PER_SAMPLE)
