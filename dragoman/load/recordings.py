"""Recorded speech as utterances of the length that is wanted."""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from dragoman.client.recorded import Recorded
from dragoman.measure.clips import BELOW_PEAK_DB, STEP, read_samples
from dragoman.runtime.errors import DragomanError
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples

PAUSE_STEPS: Final = 30
"""A pause so long, in steps of 10 ms, parts two utterances of a recording."""
LONGEST_S: Final = 12.0
"""A recording without pauses is cut where this is over."""
TAKEN_S: Final = 600
"""Of a longer recording the beginning is taken."""


@dataclass(frozen=True)
class Utterable:
    """A stretch of recorded speech that can be said by itself: s16le, 16 kHz, mono, without silence behind it."""

    pcm: bytes

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return samples(self.pcm) / SAMPLE_RATE


def samples_of_package() -> list[Utterable]:
    """Those that come with it. Raises DragomanError."""
    return [spoken for clip in read_samples() for spoken in stretches(clip.pcm)]


def of_folder(folder: Path, say: Callable[[str], None]) -> list[Utterable]:
    """Of all recordings in a folder, in the order of their names. Raises DragomanError when there is no speech."""
    found: list[Utterable] = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            found += stretches(asyncio.run(_beginning(path, say)))
        except DragomanError as error:
            say(f"{path} is left out: {error}")
    if not found:
        raise DragomanError(f"{folder} has no recording with speech in it: put audio or video files there")
    return found


async def _beginning(path: Path, say: Callable[[str], None]) -> bytes:
    frames: list[bytes] = []
    async for frame in Recorded(path, say).frames():
        frames.append(frame)
        if len(frames) * samples(frames[0]) >= TAKEN_S * SAMPLE_RATE:
            say(f"{path}: the first {TAKEN_S // 60} minutes are taken")
            break
    return b"".join(frames)


def stretches(pcm: bytes) -> list[Utterable]:
    """What is spoken between pauses of 300 ms; nothing of silence."""
    audio = np.frombuffer(pcm[: len(pcm) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE], "<i2").astype(np.float64)
    steps = audio[: len(audio) // STEP * STEP].reshape(-1, STEP)
    loudness = np.sqrt((steps**2).mean(axis=1))
    loud = np.flatnonzero((loudness >= loudness.max(initial=0) * 10 ** (-BELOW_PEAK_DB / 20)) & (loudness > 0))
    found = []
    for group in _groups(loud):
        first, last = max(0, int(group[0]) - 5), int(group[-1]) + 1  # the breath before a word belongs to it
        found.append(Utterable(pcm[first * STEP * BYTES_PER_SAMPLE : last * STEP * BYTES_PER_SAMPLE]))
    return found


def _groups(loud: np.ndarray) -> Iterable[np.ndarray]:
    """Steps that belong together."""
    if not len(loud):
        return
    for group in np.split(loud, np.flatnonzero(np.diff(loud) > PAUSE_STEPS) + 1):
        longest = round(LONGEST_S * SAMPLE_RATE / STEP)
        yield from (group[begin : begin + longest] for begin in range(0, len(group), longest))


def utterance(found: Sequence[Utterable], shortest_s: float, longest_s: float, dice: random.Random) -> bytes:
    """Speech of about a length between the two: what was drawn, and more behind it while it is too short.

    As recordings have the lengths that they have, it may be longer.
    """
    fitting = [each for each in found if shortest_s <= each.duration_s <= longest_s]
    wanted_s = dice.uniform(shortest_s, longest_s)
    short = [each for each in found if each.duration_s <= wanted_s]
    drawn = dice.choice(fitting or short or [min(found, key=lambda each: each.duration_s)])
    pcm, duration_s = drawn.pcm, drawn.duration_s
    while duration_s < shortest_s:
        more = dice.choice([each for each in found if duration_s + each.duration_s <= longest_s] or [drawn])
        pcm, duration_s = pcm + _BREATH + more.pcm, duration_s + more.duration_s + _BREATH_S
    return pcm


_BREATH_S: Final = 0.15
_BREATH: Final = bytes(round(_BREATH_S * SAMPLE_RATE) * BYTES_PER_SAMPLE)
