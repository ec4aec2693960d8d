"""The picture of sound that Whisper hears: log energies of mel bands, 100 columns a second."""

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from schemas.audio import SAMPLE_RATE

_WINDOW: Final = 400
"""Samples of a column: 25 ms."""
_HOP: Final = SAMPLE_RATE // 100
_LINEAR_BELOW_HZ: Final = 1000.0
_HZ_OF_A_MEL: Final = 200.0 / 3
_LOG_STEP: Final = np.log(6.4) / 27


def log_mel(pcm: bytes, columns: int, bands: int) -> NDArray[np.float32]:
    """`bands` rows of s16le PCM, with silence after it up to `columns`."""
    heard = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768
    half = _WINDOW // 2
    audio = np.zeros(columns * _HOP + _WINDOW, np.float32)
    audio[half : half + len(heard)] = heard[: len(audio) - half]
    audio[:half] = audio[_WINDOW:half:-1]  # the beginning mirrored, as the models learned it
    cut = np.lib.stride_tricks.sliding_window_view(audio, _WINDOW)[::_HOP][:columns]
    energy = np.abs(np.fft.rfft(cut * _window())) ** 2
    logs = np.log10(np.maximum(_filters(bands) @ energy.T.astype(np.float32), 1e-10))
    return np.ascontiguousarray((np.maximum(logs, logs.max() - 8) + 4) / 4, dtype=np.float32)


@cache
def _window() -> NDArray[np.float32]:
    return np.hanning(_WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters(bands: int) -> NDArray[np.float32]:
    """Slaney's: triangles of equal area, linear below 1 kHz and logarithmic above."""
    top = 15 + np.log(SAMPLE_RATE / 2 / _LINEAR_BELOW_HZ) / _LOG_STEP
    edges = _hertz(np.linspace(0, top, bands + 2))
    ramps = edges[:, None] - np.linspace(0, SAMPLE_RATE / 2, _WINDOW // 2 + 1)[None, :]
    widths = np.diff(edges)[:, None]
    triangles = np.maximum(0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]))
    filters: NDArray[np.float32] = (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    return filters


def _hertz(mels: NDArray[Any]) -> NDArray[Any]:
    hertz: NDArray[Any] = np.where(mels < 15, mels * _HZ_OF_A_MEL, _LINEAR_BELOW_HZ * np.exp(_LOG_STEP * (mels - 15)))
    return hertz
