"""The pitch of a voice: F0 by YIN (de Cheveigné and Kawahara, 2002), steps 2 to 5, for many frames at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LOWEST_HZ, HIGHEST_HZ = 60, 400
"""Bounds of F0: voices of people who speak."""
RATE: Final = 8_000
"""Samples a second that are looked at: half of what comes has all of F0 and a quarter of the work."""
LONGEST: Final = RATE // LOWEST_HZ + 1
"""The longest period, in samples."""
SHORTEST: Final = RATE // HIGHEST_HZ
_COMPARED: Final = RATE // 40
"""Samples that are compared with those a period later: 25 ms."""
FRAME: Final = _COMPARED + LONGEST
"""Samples of one frame: 42 ms."""
_TRANSFORM: Final = 512
"""A length that FFTs like, at least that of a frame."""
_DIP: Final = 0.15
"""The first period so much alike is the one; else that which is most alike."""
_VOICED: Final = 0.25
"""What is less alike than this is no voice: noise, a consonant, several people."""


def pitches(frames: Floats) -> Floats:
    """F0 in Hz of each row of `FRAME` samples at `RATE` that has one."""
    if not len(frames):
        return np.zeros(0, np.float32)
    unlike = _unlike(frames - frames.mean(axis=1, keepdims=True))
    rows = np.arange(len(unlike))
    lags = _first_dips(unlike)
    depth, before, after = unlike[rows, lags], unlike[rows, lags - 1], unlike[rows, lags + 1]
    bend = before - 2 * depth + after
    shift = np.where(bend > 0, (before - after) / np.maximum(2 * bend, 1e-9), 0)
    found: Floats = RATE / (lags + np.clip(shift, -0.5, 0.5))
    return found[(depth < _VOICED) & (found >= LOWEST_HZ) & (found <= HIGHEST_HZ)]


def _unlike(frames: Floats) -> Floats:
    """By period (0 to the longest): how unlike a frame is to itself so much later; 1 is usual, 0 is the same."""
    spectrum = np.fft.rfft(frames, _TRANSFORM)
    head = np.fft.rfft(frames[:, :_COMPARED], _TRANSFORM)
    alike = np.fft.irfft(spectrum * np.conj(head), _TRANSFORM)[:, :LONGEST]
    energy = np.pad(np.cumsum(np.square(frames, dtype=np.float64), axis=1), ((0, 0), (1, 0)))
    energies = energy[:, _COMPARED : _COMPARED + LONGEST] - energy[:, :LONGEST]
    difference = np.maximum(energies[:, :1] + energies - 2 * alike, 0)
    difference[:, 0] = 0
    mean = np.cumsum(difference, axis=1) / np.maximum(np.arange(LONGEST), 1)
    normalised: Floats = np.where(mean > 0, difference / np.maximum(mean, 1e-12), 1)
    normalised[:, 0] = 1
    return normalised


def _first_dips(unlike: Floats) -> NDArray[np.intp]:
    """Of each row the period at the bottom of the first dip that is deep enough, else of the deepest."""
    inner = unlike[:, 1:-1]
    bottom = (inner <= unlike[:, :-2]) & (inner < unlike[:, 2:])
    bottom[:, : SHORTEST - 2] = False
    deep = bottom & (inner < _DIP)
    deepest = np.where(bottom, inner, np.inf).argmin(axis=1)
    first: NDArray[np.intp] = np.where(deep.any(axis=1), deep.argmax(axis=1), deepest) + 1
    return first
