"""WAV files as speech: 16 kHz, mono, s16le. Other rates, widths, kinds of samples and channels are converted."""

from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np

from dragoman.client.channels import mono
from dragoman.client.level import loud_enough
from dragoman.client.resampling import resampled
from dragoman.client.riff import PCM, Recording, RiffError, Samples, recording
from dragoman.runtime.errors import DragomanError
from schemas.audio import SAMPLE_RATE


def read_wav(path: Path, say: Callable[[str], None] = lambda line: None) -> bytes:
    """The file as s16le, 16 kHz, mono; `say` learns what is wrong with it: of one that is cut off the rest is taken.

    Raises DragomanError with one line that says why it cannot be read.
    """
    found = wav(path, say)
    mixed = mono(found.pieces, found.channels, lambda line: say(f"{path}: {line}"))
    one = np.concatenate([np.zeros(0, np.float32), *resampled(mixed, found.rate)])
    louder = loud_enough(one, SAMPLE_RATE, lambda line: say(f"{path}: {line}"))
    if louder is one and (found.rate, found.channels, found.tag, found.width) == (SAMPLE_RATE, 1, PCM, 2):
        return bytes(found.data)
    return b"".join(as_s16le(louder[first : first + SAMPLE_RATE]) for first in range(0, len(louder), SAMPLE_RATE))


def is_wav(path: Path) -> bool:
    """It begins as one does, whatever it is called. A file that cannot be read is none."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"RIFF", b"RF64", b"BW64") and file.read(8)[4:] == b"WAVE"
    except OSError:
        return False


def wav(path: Path, say: Callable[[str], None]) -> Recording:
    """What is in a file; `say` learns what is wrong with it. Raises as `read_wav`."""
    try:
        content = _content(path)
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
    if found.open_ended:
        say(f"{path} does not say how long it is, as if its recorder had lost power: all up to its end is taken")
    return found


def _content(path: Path) -> bytes | mmap:
    """Mapped, as hours in many channels are more than there is memory; what cannot be mapped (a pipe) is read."""
    with path.open("rb") as file:
        try:
            return mmap(file.fileno(), 0, access=ACCESS_READ)
        except (OSError, ValueError):
            return file.read()


def as_s16le(samples: Samples) -> bytes:
    """Samples from -1 to 1 as the protocol wants them."""
    return (np.clip(samples, -1, 32767 / 32768) * 32768).round().astype("<i2").tobytes()
