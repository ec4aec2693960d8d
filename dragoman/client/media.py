"""Any audio or video file as sound, by PyAV: what FFmpeg reads, piece by piece."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from dragoman.client.riff import Samples
from dragoman.runtime.errors import DragomanError
from schemas.audio import SAMPLE_RATE

_CUT_S: Final = 1.0
"""So much less than a file promises is missing: containers are exact to a frame only."""
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True)
class Media:
    """The first sound of a file, at 16 kHz."""

    path: Path
    channels: int
    duration_s: float | None
    """As the file says; None: it does not."""
    say: Callable[[str], None]
    """Learns what is wrong with it."""

    def pieces(self) -> Iterator[Samples]:
        """Rows of a sample of each channel, -1 to 1, a few hundred at a time. What cannot be decoded is passed over."""
        read = 0
        with _opened(self.path) as container:
            for piece in _decoded(container):
                read += len(piece)
                yield piece
        missing_s = (self.duration_s or 0) - read / SAMPLE_RATE
        if missing_s > _CUT_S:
            self.say(f"{self.path} is cut off or broken: {missing_s:.1f} s of what it promises are missing")


def media(path: Path, say: Callable[[str], None]) -> Media:
    """Opens a file. Raises DragomanError with one line that says why it cannot be read."""
    with _opened(path) as container:
        if not container.streams.audio:
            raise DragomanError(f"{path} has no sound in it")
        stream = container.streams.audio[0]
        duration = container.duration / _MICROSECONDS if container.duration else None
        return Media(path, stream.codec_context.layout.nb_channels, duration, say)


def _opened(path: Path) -> Any:
    try:
        return av.open(str(path))
    except FileNotFoundError as error:
        raise DragomanError(f"{path}: there is no such file") from error
    except (av.error.FFmpegError, OSError) as error:
        raise DragomanError(f"{path} is no audio or video file that can be read, or it is cut off") from error


def _decoded(container: Any) -> Iterator[Samples]:
    resampler: Any = None
    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            resampler = resampler or av.AudioResampler("fltp", frame.layout, SAMPLE_RATE)
            yield from map(_rows, resampler.resample(frame))
    if resampler:
        yield from map(_rows, resampler.resample(None))


def _rows(frame: Any) -> Samples:
    rows: Samples = np.clip(frame.to_ndarray().T, -1, 1)
    return rows
