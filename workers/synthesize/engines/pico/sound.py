"""What becomes of the samples that Pico made."""

from typing import Final

import numpy as np

SAMPLE_RATE: Final = 16_000
"""Of every voice of Pico."""

_WORDS: Final = 1_000
"""Of 32,767 at volume 1: what is louder is part of a word. Silence has up to 400, a letter ten thousand and more."""
_BEFORE, _BEHIND = SAMPLE_RATE * 60 // 1000, SAMPLE_RATE * 300 // 1000
"""Samples of silence that stay: of the second that Pico puts behind a text, as much as between two sentences."""


def heard(pcm: bytes, volume: float) -> bytes:
    """The part of s16le PCM in which something is heard.

    Nothing of what is all silence: of letters that it cannot read Pico makes half a second of that.
    """
    loudness = np.abs(np.frombuffer(pcm, "<i2").astype(np.int32))
    words = np.flatnonzero(loudness > _WORDS * volume)
    if not len(words):
        return b""
    return pcm[2 * max(0, words[0] - _BEFORE) : 2 * (words[-1] + _BEHIND)]
