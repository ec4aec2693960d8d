"""What speakers say: frames of 100 ms, and whether anybody has to get them."""

import random
from collections.abc import Callable, Iterator
from itertools import repeat

import numpy as np

from dragoman.client.pace import FRAME_SAMPLES, frames
from dragoman.measure.clips import read_samples
from schemas.audio import BYTES_PER_SAMPLE

Voice = Callable[[random.Random], Iterator[tuple[bytes, bool]]]
"""Speaks without end."""

LOUD = 300.0
"""Root mean square from which a frame of the samples is surely speech, of 32768."""
_SIZE = FRAME_SAMPLES * BYTES_PER_SAMPLE
_PAUSE_FRAMES = 12


def scripted(dice: random.Random) -> Iterator[tuple[bytes, bool]]:
    """The scripted recogniser does not care what it hears."""
    return repeat((b"\x01\x00" * FRAME_SAMPLES, True))


def human(dice: random.Random) -> Iterator[tuple[bytes, bool]]:
    """The samples of real speech, one after the other in any order, with silence between."""
    clips = [clip.pcm for clip in read_samples()]
    while True:
        for frame in frames(dice.choice(clips)):
            if len(frame) == _SIZE:
                yield frame, is_loud(frame)
        yield from repeat((bytes(_SIZE), False), _PAUSE_FRAMES)


def is_loud(frame: bytes) -> bool:
    """There is speech in it."""
    return float(np.sqrt(np.mean(np.frombuffer(frame, "<i2").astype(np.float64) ** 2))) >= LOUD
