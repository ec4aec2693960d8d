"""Recorded clips with what is said in them: a folder of WAV files and `transcripts.tsv`."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import numpy as np

from dragoman.client.wav import read_wav
from dragoman.runtime.errors import DragomanError
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples

STEP: Final = SAMPLE_RATE // 100
"""10 ms."""
BELOW_PEAK_DB: Final = 35.0
"""What is quieter than the loudest 10 ms by more than this is no speech."""
_NEEDED: Final = (
    "it needs a header line with the columns `file` and `text` (tabs between), and a line for each WAV file"
)
BREATH_STEPS: Final = 10
"""Of a pause that is cut out so many stay."""


@dataclass(frozen=True)
class Clip:
    """A recording."""

    name: str
    """Of the file, without its ending."""
    text: str
    """What is said."""
    pcm: bytes
    """s16le, 16 kHz, mono."""

    @property
    def end_of_speech(self) -> int:
        """Samples up to the end of the last 10 ms that are within 35 dB of the loudest 10 ms."""
        return end_of_speech(self.pcm)


@dataclass(frozen=True)
class PlacedClip:
    """A clip in a session."""

    clip: Clip
    start: int
    """Position of its first sample."""
    until: int
    """Position after the silence that follows it."""

    @property
    def speech_end(self) -> int:
        """Position of the end of speech."""
        return self.start + self.clip.end_of_speech


def read_clips(folder: Path, say: Callable[[str], None] = lambda line: None) -> list[Clip]:
    """The clips in the order of `transcripts.tsv` (a header line; columns `file` and `text`). Raises DragomanError.

    `say` learns what is wrong with a file that can be read all the same.
    """
    path = folder / "transcripts.tsv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except OSError as error:
        raise DragomanError(f"{path} cannot be read: {error.strerror}; {_NEEDED}") from error
    if not rows or not {"file", "text"} <= rows[0].keys():
        raise DragomanError(f"{path} has no clips: {_NEEDED}")
    return [Clip(Path(row["file"]).stem, row["text"], read_wav(folder / row["file"], say)) for row in rows]


def read_samples() -> list[Clip]:
    """The clips that come with the package. Raises DragomanError."""
    with as_file(files("dragoman") / "samples") as folder:
        return read_clips(folder)


def place(clips: Sequence[Clip], silence_s: float, first: int = 0) -> list[PlacedClip]:
    """The clips one after the other from position `first`, each with silence behind it."""
    placed, start = [], first
    for clip in clips:
        until = start + samples(clip.pcm) + round(silence_s * SAMPLE_RATE)
        placed.append(PlacedClip(clip, start, until))
        start = until
    return placed


def without_pauses(clip: Clip) -> Clip:
    """The clip without what is no speech for longer than 100 ms, at its edges and inside."""
    audio = np.frombuffer(clip.pcm[: len(clip.pcm) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE], "<i2")
    steps = audio[: len(audio) // STEP * STEP].reshape(-1, STEP)
    loud = _loud(steps)
    if not len(loud):
        return clip
    kept = (loud[:, None] + np.arange(BREATH_STEPS + 1)).ravel()
    return replace(clip, pcm=steps[np.unique(kept[kept < len(steps)])].tobytes())


def end_of_speech(pcm: bytes) -> int:
    """See `Clip.end_of_speech`; 0 when there is less than 10 ms."""
    audio = np.frombuffer(pcm[: len(pcm) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE], "<i2").astype(np.float64)
    loud = _loud(audio[: len(audio) // STEP * STEP].reshape(-1, STEP))
    return int(loud[-1] + 1) * STEP if len(loud) else 0


def _loud(steps: np.ndarray) -> np.ndarray:
    """Numbers of the rows that are speech."""
    loudness = np.sqrt((steps.astype(np.float64) ** 2).mean(axis=1))
    return np.flatnonzero(loudness >= loudness.max(initial=0) * 10 ** (-BELOW_PEAK_DB / 20))
