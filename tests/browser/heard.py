"""What a page's microphone plays, and what of it arrived in Kafka."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import Redis

from schemas.audio import SAMPLE_RATE
from schemas.messages import Audio
from schemas.topics import AUDIO
from tests.gateway.publisher import session_id_of
from tests.gateway.records import records

SAMPLES = Path(__file__).parents[2] / "dragoman" / "samples"
LIKE = 0.4
"""What is not at its place reaches a quarter at most."""
SPEECH = ("librivox_0870.wav", "librivox_0920.wav")

Samples = NDArray[np.float64]


def speech(*names: str) -> Samples:
    """Recorded human speech, one after the other."""
    parts = []
    for name in names:
        with wave.open(str(SAMPLES / name)) as recording:
            parts.append(np.frombuffer(recording.readframes(recording.getnframes()), np.int16).astype(float))
    return np.concatenate(parts)


def microphone_file(folder: Path, *names: str, silence_s: float = 1.0) -> Path:
    """A WAV file for Chromium's fake microphone: a moment of silence, then the speech."""
    path = folder / "microphone.wav"
    samples = np.concatenate([np.zeros(round(silence_s * SAMPLE_RATE)), speech(*names)]).astype(np.int16)
    with wave.open(str(path), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(SAMPLE_RATE)
        recording.writeframes(samples.tobytes())
    return path


async def arrived(kafka: str, redis: Redis, code: str, until: int = 0) -> list[Audio]:
    """The session's audio and markers in order, once all below position `until` is there."""
    session_id = await session_id_of(redis, code)
    found = await records(kafka, AUDIO, session_id, lambda all_: any(end_of(each) >= until for each in all_))
    return [each for each in found if isinstance(each, Audio)]


def end_of(audio: Audio) -> int:
    """Position behind a record."""
    return audio.position + len(audio.pcm) // 2


def joined(audio: list[Audio]) -> Samples:
    """The samples of records that follow each other without a gap; fails where they do not."""
    position = 0
    for each in audio:
        assert each.position == position, (each.position, position)
        position = end_of(each)
    return np.frombuffer(b"".join(each.pcm for each in audio), np.int16).astype(float)


def places(said: Samples, heard: Samples) -> list[int]:
    """Where each second of `said` is in `heard`, as what it is later than it would be at the same sample.

    All the same: nothing is missing, twice or out of order. Browsers shape a voice on its way, so that it is like
    itself only; fails for a second that is found nowhere.
    """
    found = []
    for first in range(0, len(said) - SAMPLE_RATE + 1, SAMPLE_RATE // 2):
        second = said[first : first + SAMPLE_RATE]
        likeness = np.abs(_likeness(second, heard))
        best = int(np.argmax(likeness))
        assert likeness[best] > LIKE, (first, likeness[best])
        found.append(best - first)
    return found


def _likeness(part: Samples, whole: Samples) -> Samples:
    """Normalised correlation of `part` with `whole` at each place (-1 to 1)."""
    size = 1 << (len(whole) + len(part)).bit_length()
    product = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size)), size)
    sums = np.concatenate([[0.0], np.cumsum(whole**2)])
    energy = sums[len(part) :] - sums[: -len(part)]
    return product[: len(energy)] / np.sqrt(np.maximum(energy, 1.0) * np.sum(part**2))
