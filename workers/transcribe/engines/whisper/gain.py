"""Very soft speech made louder before the detector, which else misses words of it; all other audio stays as it is."""

from collections import deque
from typing import Final

import numpy as np

from schemas.audio import SAMPLE_RATE

QUIET_DB: Final = -45.0
"""dBFS of the loud parts: Silero begins to miss words at -50, at -60 it misses every third."""
_WANTED_DB: Final = -28.0
_SPEECH_DB: Final = 15.0
"""Speech is so far above the floor at the least: noise alone stays as it is."""
_STEP: Final = SAMPLE_RATE // 40
_WINDOW: Final = 400
"""Steps of 25 ms: 10 s."""
_LEAST: Final = 40
"""Steps after which something is known."""
_LOUD, _FLOOR = 95, 10
"""Percentiles of the steps, as in the gateway's sound check."""
_PEAK: Final = 29_000


class Gain:
    """Follows one stream. What it makes of audio depends on the audio before, and not on how that was cut."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=_WINDOW)
        self._rest = np.zeros(0, np.int16)
        self._gain = 1.0

    def of(self, pcm: bytes) -> bytes:
        """The same samples (s16le), louder where that is needed."""
        samples = np.frombuffer(pcm, "<i2")
        louder = self._louder(samples)
        self._measure(samples)
        return pcm if louder is samples else louder.tobytes()

    def _louder(self, samples: np.ndarray) -> np.ndarray:
        peak = int(np.abs(samples.astype(np.int32)).max(initial=0))
        if self._gain <= 1 or not peak:
            return samples
        gain = min(self._gain, _PEAK / peak)
        return samples if gain <= 1 else (samples * gain).round().astype("<i2")

    def _measure(self, samples: np.ndarray) -> None:
        held = np.concatenate((self._rest, samples))
        whole = len(held) // _STEP
        self._rest = held[whole * _STEP :]
        if not whole:
            return
        steps = held[: whole * _STEP].reshape(whole, _STEP).astype(np.float32) / 32768
        self._levels.extend(10 * np.log10(steps.var(axis=1) + 1e-12))
        if len(self._levels) < _LEAST:
            return
        floor_db, level_db = np.percentile(self._levels, (_FLOOR, _LOUD))
        soft = level_db < QUIET_DB and level_db - floor_db >= _SPEECH_DB
        self._gain = 10 ** ((_WANTED_DB - float(level_db)) / 20) if soft else 1.0
