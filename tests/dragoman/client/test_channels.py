"""One channel from several, of the samples as a mixing desk may give them."""

import numpy as np
import pytest

from dragoman.client.channels import mono
from dragoman.measure.clips import read_samples


def voice(name: str = "goforward") -> np.ndarray:
    (clip,) = [clip for clip in read_samples() if clip.name == name]
    return np.frombuffer(clip.pcm, "<i2") / 32768


def room(seed: int, level: float = 0.001) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=len(voice())) * level


def mixed(*channels: np.ndarray) -> tuple[np.ndarray, list[str]]:
    said: list[str] = []
    return joined(np.stack(channels, axis=1), said), said


def joined(samples: np.ndarray, said: list[str]) -> np.ndarray:
    """In two pieces, as a recording comes."""
    pieces = np.array_split(samples, 2) if len(samples) else []
    return np.concatenate([np.zeros(0), *mono(lambda: iter(pieces), samples.shape[1], said.append)])


def test_one_channel_stays_as_it_is() -> None:
    one, said = mixed(voice())
    assert (one == voice()).all()
    assert said == []


@pytest.mark.parametrize("share", [0.95, 0.3])
def test_of_a_channel_that_is_wired_the_wrong_way_round_one_is_taken_and_it_is_said(share: float) -> None:
    one, said = mixed(voice() * share + room(1), -voice() + room(2))
    assert np.abs(one + voice()).max() < 0.01
    (line,) = said
    assert "only 2 is taken" in line


@pytest.mark.parametrize("other", [voice() * 0, room(3), voice() * 0.05])
def test_a_voice_in_one_channel_has_its_full_level(other: np.ndarray) -> None:
    one, said = mixed(other, voice())
    assert (one == voice()).all()
    assert said == []


def test_a_voice_in_two_of_six_channels_has_its_full_level() -> None:
    silence = voice() * 0
    one, said = mixed(voice(), silence, room(4), voice(), silence, silence)
    assert np.allclose(one, voice())
    assert said == []


def test_voices_and_noise_of_their_own_in_each_channel_are_mixed() -> None:
    """They cancel nothing, though the mean is softer than each."""
    for channels in ([voice(), np.roll(voice(), 9_000)], [room(seed, 0.1) for seed in range(6)]):
        one, said = mixed(*channels)
        assert np.allclose(one, np.mean(channels, axis=0))
        assert said == []


@pytest.mark.parametrize("length", [0, 1, 100])
def test_silence_stays_silence(length: int) -> None:
    said: list[str] = []
    assert joined(np.zeros((length, 2)), said).tolist() == [0.0] * length
    assert said == []
