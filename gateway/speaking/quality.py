"""How good a speaker's audio is: measured once a second over the last ten. No I/O; time is counted in samples.

The figures behind the thresholds here and in `alarms.py` are of 30 recordings of 14 voices and rooms, with pauses and
noise and gain added: clean speech has 21 to 75 dB between the loud sub-frames and the floor, and 5 dB more than its
ratio of signal to noise; noise alone (white, hum, rumble) has 0 to 7 dB.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.audio import SAMPLE_RATE
from schemas.socket import AudioQuality

WINDOW_S = 10
"""Long enough for pauses between words, in which the noise is heard, and for a speaker who takes a breath."""
SUB_FRAMES = 40
"""Sub-frames a second, of 25 ms."""
LOUD, FLOOR = 95, 10
"""Percentiles of the sub-frames' energies: speech, also when it is only a twentieth of the window, and the noise."""
SPEECH_DB = 8.0
"""How far speech is above the floor at the least: less can be noise alone, of which nothing is said."""
AUDIBLE_DB = -50.0
"""dBFS. What is quieter is not speech: breath, or keys in a quiet room."""
SILENT_DB = -70.0
"""dBFS. Microphones that are on are louder even in quiet rooms, unless something cuts their noise away in pauses."""
QUIET_DB = -48.0
"""dBFS. Recognisers begin to miss words of speech that is softer."""
QUIET_RANGE_DB = 20.0
"""So far above the floor is speech in it; keys and breath in a quiet room are less."""
FULL_SCALE = 32_600
"""Two samples side by side that are so far out are clipped: the peaks of clean recordings are alone."""
_ABSENT = 1e-9


class Measured(NamedTuple):
    """What is known of the audio after one more second."""

    seconds: int
    """Seconds measured so far."""
    level_db: float
    """dBFS of the loud sub-frames of the window."""
    snr_db: float | None
    """How far they are above its floor; None when it holds no speech."""
    clipping: float
    """Share of samples of the window that are clipped."""
    clipped_runs: int
    """How many stretches of them the last second has."""
    quiet: bool
    """There is speech, as it seems, and it is too soft to be understood."""
    silent_s: int
    """Seconds since anything was heard."""
    heard: bool
    """Speech was heard before, since the audio began or went on behind a gap."""
    whole: bool
    """The window is full."""


class Meter:
    """Measures the audio of one speaker."""

    def __init__(self) -> None:
        self.quality: AudioQuality | None = None
        """Of the last seconds; None while there is no speech in them."""
        self._seconds = 0
        self.forget()

    def forget(self) -> None:
        """There is a gap in the audio: begins anew."""
        self._energies: deque[NDArray[np.float32]] = deque(maxlen=WINDOW_S)
        self._clipped: deque[int] = deque(maxlen=WINDOW_S)
        self._silent_s = 0
        self._heard = False
        self.quality = None

    def hear(self, second: NDArray[np.int16]) -> Measured:
        """Takes the next second; what is known then."""
        energies = _energies(second)
        clipped, runs = _clipped(second)
        self._energies.append(energies)
        self._clipped.append(clipped)
        self._seconds += 1
        self._silent_s = self._silent_s + 1 if energies.max() < SILENT_DB else 0
        floor, level = _percentiles(np.concatenate(self._energies))
        speech = level - floor >= SPEECH_DB and level >= AUDIBLE_DB
        self._heard = self._heard or speech
        snr = round(level - floor, 1) if speech else None
        share = sum(self._clipped) / (len(self._clipped) * SAMPLE_RATE)
        self.quality = None if snr is None else AudioQuality(snr_db=snr, clipping=share, level_db=round(level, 1))
        quiet = SILENT_DB < level < QUIET_DB and level - floor >= QUIET_RANGE_DB
        whole = len(self._energies) == WINDOW_S
        return Measured(self._seconds, round(level, 1), snr, share, runs, quiet, self._silent_s, self._heard, whole)


def _energies(second: NDArray[np.int16]) -> NDArray[np.float32]:
    """dBFS of each sub-frame, without its mean: many sound cards add one."""
    blocks = second.reshape(SUB_FRAMES, -1).astype(np.float32)
    blocks *= np.float32(1 / 32768)
    power = np.einsum("ij,ij->i", blocks, blocks) / blocks.shape[1] - np.square(blocks.mean(axis=1))
    decibels: NDArray[np.float32] = 10 * np.log10(np.maximum(power, np.float32(_ABSENT)))
    return decibels


def _percentiles(energies: NDArray[np.float32]) -> tuple[float, float]:
    """Floor and level. Two order statistics: np.percentile takes ten times as long for them."""
    low, high = len(energies) * FLOOR // 100, len(energies) * LOUD // 100
    sorted_at = np.partition(energies, (low, high))
    return float(sorted_at[low]), float(sorted_at[high])


def _clipped(second: NDArray[np.int16]) -> tuple[int, int]:
    """How many samples are clipped, and in how many runs."""
    if int(second.min()) > -FULL_SCALE and int(second.max()) < FULL_SCALE:
        return 0, 0
    full = np.abs(second.astype(np.int32)) >= FULL_SCALE
    beside = full[1:] & full[:-1]
    runs = int(beside[0]) + int(np.count_nonzero(beside[1:] & ~beside[:-1]))
    return int(np.count_nonzero(beside)) + runs, runs
