"""WAV files as speech: 16 kHz, mono, s16le. Other rates, widths, kinds of samples and channels are converted."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from dragoman.client.channels import mono
from dragoman.client.level import loud_enough
from dragoman.client.riff import PCM, Floats, RiffError, recording
from dragoman.runtime.errors import DragomanError
from schemas.audio import SAMPLE_RATE

TAPS: Final = 32
"""Samples on each side that the windowed sinc looks at, in units of the lower rate."""
BLOCK: Final = SAMPLE_RATE


def read_wav(path: Path, say: Callable[[str], None] = lambda line: None) -> bytes:
    """The file as s16le, 16 kHz, mono; `say` learns what is wrong with it: of one that is cut off the rest is taken.

    Raises DragomanError with one line that says why it cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DragomanError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DragomanError(f"{path} cannot be read: {error.strerror}") from error
    if not content:
        raise DragomanError(f"{path} is empty")
    try:
        found = recording(content)
    except RiffError as error:
        advice = "convert it, for example with: sox IN -r 16000 -c 1 -b 16 OUT.wav"
        raise DragomanError(f"{path} is no WAV file that can be read ({error}): {advice}") from error
    if found.missing_s:
        say(f"{path} is cut off: {found.missing_s:.1f} s of what its header promises are missing")
    one = mono(found.samples, lambda line: say(f"{path}: {line}"))
    louder = loud_enough(one, found.rate, lambda line: say(f"{path}: {line}"))
    if louder is one and (found.rate, found.channels, found.tag, found.width) == (SAMPLE_RATE, 1, PCM, 2):
        return found.data
    return (np.clip(resample(louder, found.rate), -1, 32767 / 32768) * 32768).round().astype("<i2").tobytes()


def resample(samples: Floats, rate: int) -> Floats:
    """From `rate` to 16 kHz with a Hann-windowed sinc; what lies above half of the lower rate is filtered out."""
    if rate == SAMPLE_RATE or not len(samples):
        return samples
    step = rate / SAMPLE_RATE
    cutoff = min(1.0, SAMPLE_RATE / rate)
    reach = round(TAPS / cutoff)
    padded = np.pad(samples, reach + 1)
    offsets = np.arange(-reach, reach + 1)
    length = round(len(samples) / step)
    blocks = []
    for first in range(0, length, BLOCK):
        at = np.arange(first, min(first + BLOCK, length)) * step
        nearest = np.floor(at).astype(np.int64)
        distance = (at - nearest)[:, None] - offsets
        window = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / (reach + 1), -1, 1))
        weights = cutoff * np.sinc(cutoff * distance) * window
        blocks.append((padded[nearest[:, None] + offsets + reach + 1] * weights).sum(axis=1))
    return np.concatenate(blocks)
