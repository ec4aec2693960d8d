"""How loud, how high and how fast something was said, of made-up sounds and of recordings."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dragoman.measure.clips import read_samples
from schemas.audio import SAMPLE_RATE
from schemas.messages import Prosody
from workers.transcribe.prosody import prosody

TEXT = "the bank by the river is open on Sunday"
PRAAT_HZ = {
    "cards_003": 97,
    "cards_005": 99,
    "goforward": 117,
    "librivox_0870": 100,
    "librivox_0920": 102,
    "librivox_0930": 92,
}
"""Median F0 as Praat measures it (60 to 400 Hz, every 20 ms)."""


def buzz(hertz: float, seconds: float, level_db: float = -20) -> NDArray[np.float64]:
    """A tone with harmonics."""
    moments = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(np.sin(2 * np.pi * number * hertz * moments) / number for number in range(1, 8))
    return np.asarray(tone / np.std(tone) * 10 ** (level_db / 20))


def hiss(seconds: float, level_db: float) -> NDArray[np.float64]:
    return np.random.default_rng(3).normal(size=round(seconds * SAMPLE_RATE)) * 10 ** (level_db / 20)


def silence(seconds: float) -> NDArray[np.float64]:
    return np.zeros(round(seconds * SAMPLE_RATE))


def pcm(*sounds: NDArray[np.float64]) -> bytes:
    return (np.clip(np.concatenate(sounds), -1, 1) * 32767).astype("<i2").tobytes()


def measured(*sounds: NDArray[np.float64], text: str = TEXT) -> Prosody:
    found = prosody(pcm(*sounds), text, "en")
    assert found is not None
    return found


def test_loudness_is_that_of_the_speech_and_not_of_the_silence_around_it() -> None:
    alone = measured(buzz(120, 2, -23))
    assert alone.loudness_db == pytest.approx(-23, abs=0.3)
    assert measured(silence(3), buzz(120, 2, -23), silence(3)).loudness_db == pytest.approx(-23, abs=0.3)


def test_ten_decibels_less_are_ten_less_and_change_nothing_else() -> None:
    loud, soft = measured(buzz(120, 2, -15)), measured(buzz(120, 2, -25))
    assert loud.loudness_db - soft.loudness_db == pytest.approx(10, abs=0.1)
    assert (soft.pitch_hz, soft.rate) == (pytest.approx(loud.pitch_hz, rel=0.01), loud.rate)


@pytest.mark.parametrize("hertz", [85, 120, 210])
def test_the_pitch_is_the_median_over_the_utterance(hertz: float) -> None:
    assert measured(buzz(hertz, 2), silence(1), hiss(1, -30)).pitch_hz == pytest.approx(hertz, rel=0.02)


def test_a_long_utterance_is_looked_at_to_its_end() -> None:
    assert measured(buzz(100, 4), buzz(200, 20)).pitch_hz == pytest.approx(200, rel=0.02)


def test_pauses_are_no_part_of_the_rate_and_the_silence_in_a_word_is() -> None:
    said_s = measured(buzz(120, 2)).rate
    assert measured(buzz(120, 1), silence(2), buzz(120, 1)).rate == pytest.approx(said_s, rel=0.02)
    stops = [part for _ in range(10) for part in (buzz(120, 0.2), silence(0.1))]
    assert measured(*stops).rate == pytest.approx(said_s * 2 / 2.9, rel=0.05)


def test_noise_has_no_pitch() -> None:
    assert measured(hiss(3, -20)).pitch_hz == 0


def test_a_voice_in_noise_at_15_db_has_its_pitch() -> None:
    noisy = buzz(130, 3, -20) + hiss(3, -35)
    assert measured(noisy).pitch_hz == pytest.approx(130, rel=0.02)


@pytest.mark.parametrize(
    "sound", [b"", b"a", bytes(2), bytes(200), bytes(96_000), pcm(hiss(2, -70))], ids=lambda sound: str(len(sound))
)
def test_where_there_is_no_speech_nothing_is_said(sound: bytes) -> None:
    assert prosody(sound, TEXT, "en") is None


def test_where_no_word_was_said_nothing_is_said() -> None:
    assert prosody(pcm(buzz(120, 2)), " ", "en") is None


@pytest.mark.parametrize("seconds", [0.03, 0.05, 0.1])
def test_a_moment_has_a_loudness_and_neither_pitch_nor_rate(seconds: float) -> None:
    found = measured(buzz(120, seconds))
    assert (found.pitch_hz, found.rate) == (0, 0)
    assert found.loudness_db == pytest.approx(-20, abs=1)


def test_recordings_have_the_pitch_that_praat_finds_and_the_rate_of_people() -> None:
    clips = {clip.name: prosody(clip.pcm, clip.text, "en") for clip in read_samples()}
    for name, hertz in PRAAT_HZ.items():
        found = clips[name]
        assert found is not None
        assert found.pitch_hz == pytest.approx(hertz, rel=0.08), name
        assert not found.rate or 0.5 < found.rate < 1.2, name
        assert -32 < found.loudness_db < -15, name
    read_aloud, in_between = clips["librivox_0920"], clips["goforward"]
    assert read_aloud is not None
    assert in_between is not None
    assert read_aloud.rate > 1.5 * in_between.rate, "words one by one are slower"


def test_a_louder_recording_is_louder_and_has_the_same_pitch() -> None:
    clip = read_samples()[0]
    half = (np.frombuffer(clip.pcm, "<i2") // 2).astype("<i2").tobytes()
    as_it_is, softer = prosody(clip.pcm, clip.text, "en"), prosody(half, clip.text, "en")
    assert as_it_is is not None
    assert softer is not None
    assert as_it_is.loudness_db - softer.loudness_db == pytest.approx(6, abs=1)
    assert softer.pitch_hz == pytest.approx(as_it_is.pitch_hz, rel=0.03)
