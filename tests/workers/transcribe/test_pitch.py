"""The pitch of tones of which it is known."""

import numpy as np
import pytest

from workers.transcribe.pitch import FRAME, RATE, Floats, pitches

FRAMES = 40


def frames(samples: Floats) -> Floats:
    """One after the other."""
    return samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)


def voice(hertz: float, harmonics: int = 12, noise: float = 0.0, first: int = 1) -> Floats:
    """Frames of harmonics that fall by 6 dB an octave, in noise that is so loud beside them."""
    moments = np.arange(FRAMES * FRAME) / RATE
    numbers = [number for number in range(first, harmonics + 1) if number * hertz < RATE / 2]
    tone = sum(np.sin(2 * np.pi * number * hertz * moments + number) / number for number in numbers)
    tone = tone / np.std(tone)
    hiss = np.random.default_rng(1).normal(size=len(moments)) * noise
    return frames((0.1 * (tone + hiss)).astype(np.float32))


@pytest.mark.parametrize("hertz", [65.0, 82.4, 110.0, 146.8, 196.0, 261.6, 329.6, 392.0])
@pytest.mark.parametrize("harmonics", [1, 3, 12])
def test_the_pitch_of_a_tone_is_found_within_one_percent(hertz: float, harmonics: int) -> None:
    found = pitches(voice(hertz, harmonics))
    assert len(found) == FRAMES
    assert np.abs(found / hertz - 1).max() < 0.01


@pytest.mark.parametrize("hertz", [90.0, 200.0])
def test_it_is_found_without_its_fundamental_as_on_the_telephone(hertz: float) -> None:
    found = pitches(voice(hertz, first=3))
    assert np.median(found) == pytest.approx(hertz, rel=0.01)


@pytest.mark.parametrize("hertz", [90.0, 200.0])
def test_it_is_found_in_noise_at_10_db(hertz: float) -> None:
    found = pitches(voice(hertz, noise=0.316))
    assert np.median(found) == pytest.approx(hertz, rel=0.02)


def test_noise_has_none() -> None:
    hiss = np.random.default_rng(2).normal(size=500 * FRAME).astype(np.float32)
    assert len(pitches(frames(hiss))) < 5


@pytest.mark.parametrize("level", [1e-6, 1.0])
def test_it_does_not_depend_on_the_level(level: float) -> None:
    found = pitches(voice(120.0) * np.float32(level))
    assert np.median(found) == pytest.approx(120, rel=0.01)


def test_silence_has_none_and_nothing_gives_nothing() -> None:
    assert len(pitches(np.zeros((3, FRAME), np.float32))) == 0
    assert len(pitches(np.ones((3, FRAME), np.float32))) == 0
    assert len(pitches(np.zeros((0, FRAME), np.float32))) == 0


@pytest.mark.parametrize("hertz", [30.0, 900.0])
def test_what_no_voice_has_is_not_said(hertz: float) -> None:
    found = pitches(voice(hertz, harmonics=1))
    assert not len(found) or (found.min() >= 60 and found.max() <= 400)
