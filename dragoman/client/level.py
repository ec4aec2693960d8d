"""Recordings that were made too softly: recognisers miss their words."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dragoman.client.riff import Samples

QUIET_DB: Final = -45.0
"""dBFS of the loud parts of speech. Silero begins to miss words at -50, at -60 it misses every third."""
_WANTED_DB: Final = -24.0
_SPEECH_DB: Final = 10.0
"""Speech is so far above the floor at the least: noise alone stays as it is."""
_PEAK: Final = 0.9
_STEPS_S: Final = 40
_PIECE: Final = 2_400
"""Steps: a minute."""
_LOUD, _FLOOR = 95, 10
"""Percentiles of the steps, as in the gateway's sound check."""


def loud_enough(samples: Samples, rate: int, say: Callable[[str], None]) -> Samples:
    """Mono samples, made louder if they are speech that is very soft; `say` learns of that."""
    gain = gain_of(samples, rate, say)
    return samples * np.float32(gain) if gain > 1 else samples


def gain_of(samples: Samples, rate: int, say: Callable[[str], None]) -> float:
    """How much louder samples have to be made: 1 unless they are speech that is very soft, of which `say` learns."""
    decibels = _decibels(samples, rate // _STEPS_S)
    if not len(decibels):
        return 1.0
    floor_db, level_db = np.percentile(decibels, (_FLOOR, _LOUD))
    if level_db >= QUIET_DB or level_db - floor_db < _SPEECH_DB:
        return 1.0
    gain = min(10 ** ((_WANTED_DB - float(level_db)) / 20), _PEAK / float(np.abs(samples).max()))
    if gain <= 1:
        return 1.0
    say(f"it is very quiet ({level_db:.0f} dB): it is made {20 * np.log10(gain):.0f} dB louder")
    return gain


def within(pieces: Iterable[Samples], gain: float) -> Iterator[Samples]:
    """The samples that much louder; from the first one on that would be too loud only as loud as that one may be."""
    for piece in pieces:
        peak = float(np.abs(piece).max(initial=0))
        if gain > 1 and peak * gain > _PEAK:
            gain = max(1.0, _PEAK / peak)
        yield piece * np.float32(gain) if gain > 1 else piece


def _decibels(samples: Samples, length: int) -> NDArray[np.float64]:
    """dBFS of steps of so many samples, without their mean; piece by piece, as hours would take much memory."""
    steps = samples[: len(samples) // length * length].reshape(-1, length)
    pieces = [steps[first : first + _PIECE].var(axis=1, dtype=np.float64) for first in range(0, len(steps), _PIECE)]
    return 10 * np.log10(np.concatenate([np.zeros(0), *pieces]) + 1e-12)
