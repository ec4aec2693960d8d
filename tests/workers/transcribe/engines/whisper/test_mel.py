"""The picture of sound."""

import numpy as np
import pytest

from workers.transcribe.engines.whisper.mel import log_mel


def tone(hertz: float, seconds: float = 1) -> bytes:
    moments = np.arange(round(16_000 * seconds)) / 16_000
    return (10_000 * np.sin(2 * np.pi * hertz * moments)).astype(np.int16).tobytes()


@pytest.mark.parametrize("bands", [80, 128])
def test_a_tone_is_one_band_for_as_long_as_it_sounds(bands: int) -> None:
    picture = log_mel(tone(1_000), 300, bands)
    assert picture.shape == (bands, 300)
    assert picture.dtype == np.float32
    loudest = picture[:, 5:95].argmax(axis=0)
    assert len(set(loudest)) == 1
    assert picture[:, 110:].max() == picture.min()
    assert picture.max() - picture.min() == pytest.approx(2)  # 80 dB, in fours of 20


def test_higher_tones_are_in_higher_bands_and_equal_steps_of_pitch_apart_above_one_kilohertz() -> None:
    loudest = [int(log_mel(tone(hertz), 100, 80)[:, 50].argmax()) for hertz in (250, 500, 1_000, 2_000, 4_000)]
    assert loudest == sorted(loudest)
    assert abs((loudest[4] - loudest[3]) - (loudest[3] - loudest[2])) <= 1


def test_audio_that_is_longer_is_cut_and_none_is_silence() -> None:
    assert log_mel(tone(500, 3), 100, 80).shape == (80, 100)
    assert np.unique(log_mel(b"", 10, 80)).size == 1
