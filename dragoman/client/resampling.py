"""Speech at another rate as 16 kHz: a Hann-windowed sinc; what lies above half of the lower rate is filtered out."""

from collections.abc import Iterable, Iterator
from math import gcd
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dragoman.client.riff import Samples
from schemas.audio import SAMPLE_RATE

TAPS: Final = 32
"""Samples on each side that the filter looks at, in units of the lower rate."""
PHASES: Final = 2_048
"""Of the filter at the most: of a rate that needs more the nearest is taken, an error of -70 dB at 8 kHz."""
_CELLS: Final = 1 << 20
"""Products at a time: at 400 kHz a sample has 1,601."""


def resampled(pieces: Iterable[Samples], rate: int) -> Iterator[Samples]:
    """From `rate` to 16 kHz, in pieces of a few megabytes at the most, however long it is."""
    if rate == SAMPLE_RATE:
        yield from pieces
        return
    filter_ = _filter(rate)
    reach = filter_.shape[1] // 2
    held, first = np.zeros(reach, np.float32), -reach
    given = taken = 0
    for piece in pieces:
        held, taken = np.concatenate((held, piece)), taken + len(piece)
        ready = max(given, ((taken - reach) * SAMPLE_RATE - 1) // rate + 1)
        yield from _heard(held, first, range(given, ready), rate, filter_)
        given, unused = ready, ready * rate // SAMPLE_RATE - reach - first
        held, first = held[unused:], first + unused
    held = np.concatenate((held, np.zeros(reach + 1, np.float32)))
    yield from _heard(held, first, range(given, round(taken * SAMPLE_RATE / rate)), rate, filter_)


def _heard(held: Samples, first: int, numbers: range, rate: int, filter_: Samples) -> Iterator[Samples]:
    """The samples of these numbers; what is held begins at the sample `first` of the recording."""
    phases, taps = filter_.shape[0] - 1, filter_.shape[1]
    step = max(1, _CELLS // taps)
    for begin in range(numbers.start, numbers.stop, step):
        whole, part = np.divmod(np.arange(begin, min(begin + step, numbers.stop)) * rate, SAMPLE_RATE)
        seen = sliding_window_view(held, taps)[whole - taps // 2 - first]
        yield np.einsum("ij,ij->i", seen, filter_[np.rint(part * (phases / SAMPLE_RATE)).astype(np.int64)])


def _filter(rate: int) -> Samples:
    """Rows of weights, for each place between two samples at which a sample at 16 kHz can be."""
    cutoff = min(1.0, SAMPLE_RATE / rate)
    reach = round(TAPS / cutoff)
    phases = min(SAMPLE_RATE // gcd(rate, SAMPLE_RATE), PHASES)
    weights = np.empty((phases + 1, 2 * reach + 1), np.float32)
    for phase in range(phases + 1):
        distance = phase / phases - np.arange(-reach, reach + 1)
        window = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / (reach + 1), -1, 1))
        weights[phase] = cutoff * np.sinc(cutoff * distance) * window
    return weights
