"""The figures of a speaker's audio."""

import numpy as np
import pytest

from gateway.speaking.quality import Measured, Meter
from schemas.audio import SAMPLE_RATE
from tests.gateway.speaking.sounds import DICTATED, NARRATED, Sound, noise, seconds, spoken


def measured(sound: Sound) -> tuple[Meter, Measured]:
    meter = Meter()
    return meter, [meter.hear(second) for second in seconds(sound)][-1]


@pytest.mark.parametrize("names", [NARRATED, DICTATED])
def test_clean_speech_stands_high_above_the_floor(names: list[str]) -> None:
    meter, _ = measured(spoken(names))
    assert meter.quality is not None
    assert meter.quality.snr_db > 25
    assert -30 < meter.quality.level_db < -10
    assert meter.quality.clipping == 0


def test_the_level_follows_the_loudness_and_the_ratio_does_not() -> None:
    speech = spoken(NARRATED, room_db=-50)
    loud, quiet = measured(speech)[0].quality, measured(speech / 4)[0].quality
    assert loud is not None
    assert quiet is not None
    assert loud.level_db - quiet.level_db == pytest.approx(12, abs=0.3)
    assert loud.snr_db == pytest.approx(quiet.snr_db, abs=0.5)


def test_the_ratio_falls_by_what_the_noise_grows() -> None:
    speech = spoken(NARRATED)
    some, more = (measured(speech + noise(20, db)[: len(speech)])[0].quality for db in (-40, -34))
    assert some is not None
    assert more is not None
    assert some.snr_db - more.snr_db == pytest.approx(6, abs=1)


@pytest.mark.parametrize("sound", [noise(12, -30), np.zeros(12 * SAMPLE_RATE), noise(12, -70)])
def test_nothing_is_known_while_nobody_speaks(sound: Sound) -> None:
    meter, found = measured(sound)
    assert (meter.quality, found.snr_db, found.heard) == (None, None, False)


def test_what_was_said_long_ago_no_longer_counts() -> None:
    meter, found = measured(np.concatenate([spoken(NARRATED), noise(11, -60)]))
    assert (meter.quality, found.heard) == (None, True)


def test_a_constant_offset_is_neither_sound_nor_noise() -> None:
    assert measured(np.full(12 * SAMPLE_RATE, 3000.0))[1].silent_s == 12


def test_single_peaks_at_full_scale_are_not_clipped_but_flat_ones_are() -> None:
    peaks = noise(1, -60)
    peaks[::100] = 32_767
    assert measured(peaks)[1].clipping == 0
    peaks[[1000, 1001, 1002, 5000, 5001]] = -32_768
    found = measured(peaks)[1]
    assert found.clipped_runs == 2
    assert found.clipping == pytest.approx(5 / SAMPLE_RATE, abs=1 / SAMPLE_RATE)
