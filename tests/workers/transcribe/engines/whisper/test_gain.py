"""Soft speech before the detector."""

import numpy as np
import pytest

from dragoman.measure.clips import read_samples
from workers.transcribe.engines.whisper.gain import Gain

VOICES = {clip.name: np.frombuffer(clip.pcm, "<i2") for clip in read_samples()}
SECOND = 16_000


def louder(samples: np.ndarray, step: int = 1600) -> np.ndarray:
    gain = Gain()
    pieces = [gain.of(samples[at : at + step].astype("<i2").tobytes()) for at in range(0, len(samples), step)]
    return np.frombuffer(b"".join(pieces), "<i2")


def level_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.abs(samples.astype(float)).max() / 32768))


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("softer_db", [0, 12])
def test_what_the_detector_hears_anyway_stays_as_it_is_to_the_sample(name: str, softer_db: float) -> None:
    voice = (VOICES[name] * 10 ** (-softer_db / 20)).round().astype("<i2")
    assert (louder(voice) == voice).all()


@pytest.mark.parametrize("name", VOICES)
def test_speech_that_is_40_db_softer_becomes_as_loud_as_others_after_some_seconds(name: str) -> None:
    soft = np.tile((VOICES[name] / 100).round().astype("<i2"), 4)
    found = louder(soft)
    assert len(found) == len(soft)
    half = len(soft) // 2
    assert level_db(found[half:]) - level_db(soft[half:]) > 15
    assert np.abs(found.astype(int)).max() <= 29_001


@pytest.mark.parametrize("level", [1, 30, 1_000])
def test_noise_and_silence_stay_as_they_are(level: int) -> None:
    hiss = np.random.default_rng(1).normal(size=6 * SECOND) * level
    hiss = hiss.round().astype("<i2")
    assert (louder(hiss) == hiss).all()
    assert (louder(hiss * 0) == 0).all()


def test_a_shout_after_whispers_is_not_clipped() -> None:
    voice = VOICES["goforward"]
    soft = np.tile((voice / 100).round().astype("<i2"), 4)
    found = louder(np.concatenate((soft, voice)))
    assert np.abs(found.astype(int)).max() <= max(29_001, np.abs(voice.astype(int)).max())
