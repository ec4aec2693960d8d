"""PCM files as speech: 16 kHz, mono, s16le. Other rates, widths and channels are converted."""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dragoman.runtime.errors import DragomanError
from schemas.audio import SAMPLE_RATE

TAPS: Final = 32
"""Samples on each side that the windowed sinc looks at, in units of the lower rate."""
BLOCK: Final = SAMPLE_RATE

STREAMED: Final = 0x7FFF_0000
"""Bytes from which a header's length means nothing: programs that write into a pipe put the greatest there."""

Floats = NDArray[np.float64]


def read_wav(path: Path, say: Callable[[str], None] = lambda line: None) -> bytes:
    """The file as s16le, 16 kHz, mono; `say` learns that it is cut off, and what is there is taken.

    Raises DragomanError with one line that says what is wrong.
    """
    try:
        with path.open("rb") as file, wave.open(file, "rb") as wav:
            rate, channels, width, promised = (
                wav.getframerate(),
                wav.getnchannels(),
                wav.getsampwidth(),
                wav.getnframes(),
            )
            pcm = wav.readframes(promised)
    except FileNotFoundError as error:
        raise DragomanError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DragomanError(f"{path} cannot be read: {error.strerror}") from error
    except (EOFError, wave.Error) as error:
        if not path.stat().st_size:
            raise DragomanError(f"{path} is empty") from error
        advice = "convert it, for example with: sox IN -r 16000 -c 1 -b 16 OUT.wav"
        raise DragomanError(f"{path} is no WAV file of plain PCM ({error or 'it is cut off'}): {advice}") from error
    missing = promised - len(pcm) // (width * channels)
    if missing > 0 and promised < STREAMED // (width * channels):
        say(f"{path} is cut off: {missing / rate:.1f} s of what its header promises are missing")
    whole = len(pcm) // (width * channels) * width * channels
    if (rate, channels, width) == (SAMPLE_RATE, 1, 2):
        return pcm[:whole]
    if not 1000 <= rate <= 400_000:
        raise DragomanError(f"{path} has a sample rate of {rate}: that cannot be")
    mono = _floats(pcm[:whole], width).reshape(-1, channels).mean(axis=1)
    return (np.clip(resample(mono, rate), -1, 32767 / 32768) * 32768).round().astype("<i2").tobytes()


def resample(mono: Floats, rate: int) -> Floats:
    """From `rate` to 16 kHz with a Hann-windowed sinc; what lies above half of the lower rate is filtered out."""
    if rate == SAMPLE_RATE or not len(mono):
        return mono
    step = rate / SAMPLE_RATE
    cutoff = min(1.0, SAMPLE_RATE / rate)
    reach = round(TAPS / cutoff)
    padded = np.pad(mono, reach + 1)
    offsets = np.arange(-reach, reach + 1)
    length = round(len(mono) / step)
    blocks = []
    for first in range(0, length, BLOCK):
        at = np.arange(first, min(first + BLOCK, length)) * step
        nearest = np.floor(at).astype(np.int64)
        distance = (at - nearest)[:, None] - offsets
        window = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / (reach + 1), -1, 1))
        weights = cutoff * np.sinc(cutoff * distance) * window
        blocks.append((padded[nearest[:, None] + offsets + reach + 1] * weights).sum(axis=1))
    return np.concatenate(blocks)


def _floats(pcm: bytes, width: int) -> Floats:
    """PCM of 1 to 4 bytes a sample (8 bit is unsigned) as -1 to 1."""
    if width == 1:
        return (np.frombuffer(pcm, np.uint8).astype(np.float64) - 128) / 128
    if width == 3:
        bytes_ = np.frombuffer(pcm, np.uint8).reshape(-1, 3).astype(np.int32)
        signed = (bytes_[:, 0] << 8 | bytes_[:, 1] << 16 | bytes_[:, 2] << 24) >> 8
        return signed.astype(np.float64) / 2**23
    return np.frombuffer(pcm, f"<i{width}").astype(np.float64) / 2.0 ** (8 * width - 1)
