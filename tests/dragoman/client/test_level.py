"""Soft recordings are made louder, and nothing else is."""

import numpy as np
import pytest

from dragoman.client.level import loud_enough, within
from dragoman.measure.clips import read_samples

CLIPS = {clip.name: np.frombuffer(clip.pcm, "<i2").astype(np.float32) / 32768 for clip in read_samples()}


def louder(samples: np.ndarray, rate: int = 16_000) -> tuple[np.ndarray, list[str]]:
    said: list[str] = []
    return loud_enough(samples.astype(np.float32), rate, said.append), said


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("softer_db", [0, 12])
def test_speech_that_can_be_heard_stays_as_it_is(name: str, softer_db: float) -> None:
    samples = CLIPS[name] * 10 ** (-softer_db / 20)
    found, said = louder(samples)
    assert (found == samples.astype(np.float32)).all()
    assert said == []


@pytest.mark.parametrize("name", CLIPS)
def test_speech_that_is_40_db_softer_is_as_loud_as_others_and_it_is_said(name: str) -> None:
    found, said = louder((CLIPS[name] * 327.68).round() / 32768)
    gain_db = 20 * np.log10(np.abs(found).max() / np.abs(CLIPS[name]).max()) + 40
    assert 25 < gain_db < 50
    assert np.abs(found).max() <= 0.901
    (line,) = said
    assert line.startswith("it is very quiet (-")


def test_a_door_that_slams_bounds_the_gain() -> None:
    samples = CLIPS["goforward"] * 0.01
    samples[1_000] = 0.5
    assert np.abs(louder(samples)[0]).max() == pytest.approx(0.9, abs=0.001)
    samples[1_000] = 0.95
    assert louder(samples)[1] == []


@pytest.mark.parametrize("level", [1e-5, 1e-3])
def test_noise_and_silence_stay_as_they_are(level: float) -> None:
    hiss = np.random.default_rng(1).normal(size=48_000) * level
    assert louder(hiss)[1] == []
    assert louder(hiss * 0)[1] == []


@pytest.mark.parametrize("length", [0, 1, 399])
def test_a_moment_stays_as_it_is(length: int) -> None:
    assert len(louder(np.full(length, 0.001))[0]) == length


def test_other_rates_and_minutes_are_judged_in_the_same_way() -> None:
    soft = np.tile(CLIPS["librivox_0920"] * 0.003, 30)
    assert louder(soft)[1] == louder(CLIPS["librivox_0920"] * 0.003)[1]
    assert louder(np.repeat(soft, 3), 48_000)[1] != []


def test_what_comes_louder_than_the_beginning_told_bounds_the_gain_from_there_on() -> None:
    pieces = [np.full(10, peak, np.float32) for peak in (0.001, 0.5, 0.001, 0.95)]
    found = [float(piece.max()) for piece in within(pieces, 100)]
    assert found == pytest.approx([0.1, 0.9, 0.0018, 0.95])
    assert [piece is same for piece, same in zip(within(pieces, 1), pieces, strict=True)] == [True] * 4
