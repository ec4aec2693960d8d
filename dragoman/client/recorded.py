"""A recording as speech (16 kHz, mono, s16le) while it is read: hours of it are never in memory, and nobody waits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from dragoman.client.channels import mono
from dragoman.client.level import gain_of, within
from dragoman.client.media import media
from dragoman.client.pace import FRAME_SAMPLES
from dragoman.client.resampling import resampled
from dragoman.client.riff import Samples
from dragoman.client.wav import as_s16le, is_wav, wav
from schemas.audio import SAMPLE_RATE

LOOK_S: Final = 60
"""Seconds, from the first sound on, that tell which channels there is something in, and how loud it is."""
_SOUND: Final = 0.001
"""-60 dBFS: a sample that is louder is a sound."""

Say = Callable[[str], None]


class Source(Protocol):
    """A file that is open."""

    @property
    def channels(self) -> int: ...

    @property
    def duration_s(self) -> float | None: ...

    def pieces(self) -> Iterator[Samples]:
        """From the beginning: rows of a sample of each channel."""


class Recorded:
    """Speech from a file. It is opened at once, and read when it is asked for."""

    def __init__(self, path: Path, say: Say = lambda line: None) -> None:
        """`say` learns what is wrong with it. Raises DragomanError with one line that says why it cannot be read."""
        said: set[str] = set()

        def once(line: str) -> None:
            """Some of the file is read more than once."""
            if line not in said:
                said.add(line)
                say(line)

        self._path, self._say = path, once
        self._source: Source
        if is_wav(path):
            self._source, self._rate = (found := wav(path, once)), found.rate
        else:
            self._source, self._rate = media(path, once), SAMPLE_RATE
        self.duration_s = self._source.duration_s
        """As the file says; None: it does not."""

    async def frames(self) -> AsyncIterator[bytes]:
        """Slices of 100 ms; the last may be shorter. Reading waits in a thread."""
        frames = framed(self._speech())
        while frame := await asyncio.to_thread(next, frames, b""):
            yield frame

    def _speech(self) -> Iterator[Samples]:
        def say(line: str) -> None:
            self._say(f"{self._path}: {line}")

        def beginning() -> Iterator[Samples]:
            return first(self._source.pieces(), LOOK_S * self._rate)

        looked = resampled(mono(beginning, self._source.channels, lambda line: None), self._rate)
        gain = gain_of(np.concatenate([np.zeros(0, np.float32), *looked]), SAMPLE_RATE, say)
        one = mono(self._source.pieces, self._source.channels, say, look=beginning)
        return within(resampled(one, self._rate), gain)


def first(pieces: Iterable[Samples], samples: int) -> Iterator[Samples]:
    """Pieces of so many samples, from the first one with a sound on; all there are if there is none."""
    left = samples
    for piece in pieces:
        if left == samples and np.abs(piece).max(initial=0) < _SOUND:
            continue
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def framed(pieces: Iterable[Samples]) -> Iterator[bytes]:
    """The same samples in slices of 100 ms."""
    held = np.zeros(0, np.float32)
    for piece in pieces:
        held = np.concatenate((held, piece)) if len(held) else piece
        whole = len(held) // FRAME_SAMPLES * FRAME_SAMPLES
        for begin in range(0, whole, FRAME_SAMPLES):
            yield as_s16le(held[begin : begin + FRAME_SAMPLES])
        held = held[whole:]
    if len(held):
        yield as_s16le(held)
