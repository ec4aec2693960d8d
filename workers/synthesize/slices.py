"""A text that was spoken in one call, cut into the sounds of its clauses: nothing is left out, nothing changed."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.synthesize.engine import Sound

_QUIET_S: Final = 0.01
"""A cut is in the middle of so much, the quietest near its place."""
_NEAR: Final = 1 / 3
"""Of the shorter one of the two sounds that a cut divides."""


def sliced(sound: Sound, shares: Sequence[int]) -> list[Sound]:
    """As many sounds as `shares`, of about these shares of the length, which together are `sound`.

    None is empty if there is a sample for each.
    """
    length, whole = len(sound.pcm) // 2, max(1, sum(shares))
    middles, energies = _loudness(sound)
    cuts = [0]
    for number, place in enumerate(accumulate(shares[:-1]), start=1):
        least, most = cuts[-1] + 1, length - (len(shares) - number)
        near = length * min(shares[number - 1], shares[number]) / whole * _NEAR
        wanted = length * place / whole
        there = (middles >= max(least, wanted - near)) & (middles <= min(most, wanted + near))
        cut = (
            _quietest(middles[there], energies[there], wanted) if there.any() else max(least, min(round(wanted), most))
        )
        cuts.append(min(cut, length))
    ends = [2 * cut for cut in cuts] + [len(sound.pcm)]
    return [Sound(sound.pcm[begin:end], sound.sample_rate) for begin, end in pairwise(ends)]


def _loudness(sound: Sound) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sample in the middle of every 10 ms, and their energies."""
    samples = np.frombuffer(sound.pcm[: len(sound.pcm) // 2 * 2], "<i2").astype(np.int64)
    size = max(1, round(sound.sample_rate * _QUIET_S))
    count = len(samples) // size
    energies = (samples[: count * size].reshape(count, size) ** 2).sum(axis=1)
    return np.arange(count) * size + size // 2, energies


def _quietest(middles: NDArray[np.int64], energies: NDArray[np.int64], wanted: float) -> int:
    """Of those that are as quiet the one that is nearest."""
    quiet = middles[energies == energies.min()]
    return int(quiet[np.abs(quiet - wanted).argmin()])
