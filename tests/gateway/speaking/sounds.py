"""Speech of the samples, and what can go wrong with it."""

import wave
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import dragoman.samples
from gateway.speaking.soundcheck import SoundCheck
from schemas.audio import SAMPLE_RATE
from schemas.envelope import envelope, to_text
from schemas.socket import Warning

Sound = NDArray[np.float64]
FRAME = 1600
NARRATED = ("librivox_0870", "librivox_0920", "librivox_0930")
DICTATED = ("cards_005", "goforward", "go_somewhere", "cards_003")


@cache
def sample(name: str) -> Sound:
    """A sample, in units of the least significant bit."""
    with wave.open(str(Path(dragoman.samples.__file__).parent / f"{name}.wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


def noise(seconds: float, level_db: float) -> Sound:
    """White noise; the same one every time."""
    return np.random.default_rng(1).normal(0, 32768 * 10 ** (level_db / 20), round(seconds * SAMPLE_RATE))


def spoken(names: Iterable[str], *, pause_s: float = 0.5, room_db: float = -60, times: int = 1) -> Sound:
    """The samples one after the other, with pauses in which the room is heard."""
    return np.concatenate([part for name in [*names] * times for part in (sample(name), noise(pause_s, room_db))])


def frames(sound: Sound) -> Iterator[bytes]:
    """As a microphone gives it, 100 ms each: what is too loud is cut."""
    pcm = np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()
    return (pcm[at : at + 2 * FRAME] for at in range(0, len(pcm), 2 * FRAME))


def seconds(sound: Sound) -> list[NDArray[np.int16]]:
    """Its whole seconds, cut where it is too loud."""
    whole = np.clip(np.round(sound[: len(sound) // SAMPLE_RATE * SAMPLE_RATE]), -32768, 32767)
    return list(whole.astype(np.int16).reshape(-1, SAMPLE_RATE))


def listened(check: SoundCheck, sound: Sound, first: int = 0) -> list[Warning]:
    """What a sound check says of a sound."""
    return [said for n, pcm in enumerate(frames(sound)) for said in check.take(first + n * FRAME, pcm)]


def codes(sound: Sound) -> list[str]:
    """The kinds of the warnings of a sound."""
    return [warning.code for warning in listened(SoundCheck(), sound)]


def envelope_of(sound: Sound) -> str:
    """As synthesize writes it."""
    return to_text(envelope(sound.astype(np.int16), SAMPLE_RATE))
