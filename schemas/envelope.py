"""The envelope of a sound: how loud it is in a few bands, every 50 ms. By it speech is known again elsewhere.

Bands and not the loudness alone: the rhythms of any two sentences are alike, the rhythms of their bands are not.
"""

import base64
import binascii
from functools import cache

import numpy as np
from numpy.typing import NDArray

PER_SECOND = 20
"""Rows of an envelope a second."""
BANDS_HZ = (100, 400, 800, 1600, 3200)
"""Edges of the bands."""
BANDS = len(BANDS_HZ) - 1
MOST_TEXT = 4096
"""Characters: more than the longest speech has."""
_FLOOR = 1e-9
"""Power that counts as nothing: 90 dB below full scale."""
_EDGES = [hertz // PER_SECOND for hertz in BANDS_HZ]

Envelope = NDArray[np.float32]
"""Rows of dB by band."""


def envelope(samples: NDArray[np.int16], sample_rate: int) -> Envelope:
    """The envelope of whole rows of samples; what is left over at the end does not count."""
    length = sample_rate // PER_SECOND
    rows = len(samples) // length
    blocks = samples[: rows * length].reshape(rows, length) * _window(length)
    power = np.square(np.abs(np.fft.rfft(blocks)[:, : _EDGES[-1]]))
    bands = np.add.reduceat(power, _EDGES[:-1], axis=1)
    decibels: Envelope = 10 * np.log10(bands + np.float32(_FLOOR))
    return decibels


def smoothed(rows: Envelope) -> Envelope:
    """Each row together with the one before it; one row less. For comparison: rows of two recordings do not begin at
    the same instant, and what is short, as a plosive, may be in a row of one and between two of the other."""
    power = np.power(np.float32(10), rows / 10)
    decibels: Envelope = 10 * np.log10((power[1:] + power[:-1]) / 2)
    return decibels


def to_text(rows: Envelope) -> str:
    """As it is in a header: base64 of a byte for each band of each row, dB above the floor."""
    return base64.b64encode(np.clip(np.round(rows + 90), 0, 255).astype(np.uint8).tobytes()).decode("ascii")


def of_text(text: str) -> Envelope | None:
    """Back from `to_text`; None when it is no envelope."""
    try:
        raw = base64.b64decode(text, validate=True) if len(text) <= MOST_TEXT else b""
    except (binascii.Error, ValueError):
        return None
    if not raw or len(raw) % BANDS:
        return None
    return np.frombuffer(raw, np.uint8).reshape(-1, BANDS).astype(np.float32) - 90


@cache
def _window(length: int) -> NDArray[np.float32]:
    """Hann's, scaled so that a sine at full scale has a power of about 1."""
    scale = 4 / (length * 32768)
    return (np.hanning(length) * scale).astype(np.float32)
