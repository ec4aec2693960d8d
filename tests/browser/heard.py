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


def likeness(said: Samples, heard: Samples) -> tuple[float, int]:
    """How like `heard` is to `said` where it fits best (1: the same), and the sample where it begins there.

    Of how loud it is over time, in steps of 10 ms: browsers shape a voice on its way.
    """
    loud, wanted = _envelope(heard), _envelope(said)
    scores = [_correlation(wanted, loud[at : at + len(wanted)]) for at in range(len(loud) - len(wanted) + 1)]
    best = int(np.argmax(scores))
    return scores[best], best * 160


def _envelope(samples: Samples) -> Samples:
    whole = len(samples) // 160 * 160
    return np.sqrt(np.mean(samples[:whole].reshape(-1, 160) ** 2, axis=1))


def _correlation(one: Samples, other: Samples) -> float:
    if other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
