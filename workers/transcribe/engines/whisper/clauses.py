"""Where long speech without a pause is cut: between two words, at the quietest place."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

_BEFORE, _AFTER = SAMPLE_RATE // 8, SAMPLE_RATE // 50
"""Samples around the boundary of two words in which the place is looked for: where words are is not exact. Rather in
the end of the last word, which is known, than in the beginning of the next, which may be as short as `he`."""
_STEP: Final = SAMPLE_RATE // 100
_LOUD_OVER: Final = 3
"""Steps over which loudness is taken: 30 ms."""


def quietest(pcm: bytes, begin: int, end: int) -> tuple[int, float]:
    """The sample between `begin` and `end` around which it is quietest, and how loud it is there."""
    begin, end = max(0, begin), min(end, len(pcm) // BYTES_PER_SAMPLE)
    heard = np.frombuffer(pcm, np.int16)[begin:end].astype(np.float64)
    steps = len(heard) // _STEP
    if steps < _LOUD_OVER:
        return (begin + end) // 2, float(np.mean(heard**2)) if len(heard) else 0.0
    energy = np.mean(heard[: steps * _STEP].reshape(steps, _STEP) ** 2, axis=1)
    loudness = np.convolve(energy, np.ones(_LOUD_OVER) / _LOUD_OVER, "valid")
    best = int(np.argmin(loudness))
    return begin + best * _STEP + _LOUD_OVER * _STEP // 2, float(loudness[best])


def between(pcm: bytes, end: int, start: int) -> tuple[int, float]:
    """The quietest sample between a word that ends at `end` and one that starts at `start`, and how loud it is."""
    return quietest(pcm, min(end, start) - _BEFORE, max(end, start) + _AFTER)


def quietest_gap(pcm: bytes, places: Sequence[tuple[int, int]], begin: int, end: int) -> tuple[int, int] | None:
    """How many words to cut after, and at which sample, between `begin` and `end`. None: no word ends there."""
    gaps = [
        (*between(pcm, places[i][1], places[i + 1][0]), i + 1)
        for i in range(len(places) - 1)
        if begin <= places[i][1] <= end
    ]
    if not gaps:
        return None
    cut, _, count = min(gaps, key=lambda gap: gap[1])
    return count, cut
