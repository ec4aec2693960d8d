"""Each kind of bad audio is told, and good audio is left alone: real speech, with what goes wrong with it."""

import numpy as np
import pytest

from gateway.speaking.soundcheck import GAP, SoundCheck
from schemas.audio import SAMPLE_RATE
from tests.gateway.speaking.sounds import DICTATED, FRAME, NARRATED, Sound, codes, listened, noise, sample, spoken

ALL = [*NARRATED, *DICTATED]


def with_noise(sound: Sound, snr_db: float) -> Sound:
    """Noise so far below the speech in it."""
    blocks = sound[: len(sound) // 400 * 400].reshape(-1, 400)
    power = np.square(blocks).mean(axis=1)
    speech_db = 10 * np.log10(power[power > power.max() / 300].mean() / 32768**2)
    return sound + noise(len(sound) / SAMPLE_RATE, speech_db - snr_db)[: len(sound)]


@pytest.mark.parametrize("pause_s", [0.2, 2, 8])
@pytest.mark.parametrize("name", ALL)
def test_clean_speech_is_no_trouble_however_long_the_speaker_thinks(name: str, pause_s: float) -> None:
    assert codes(spoken([name], pause_s=pause_s, times=6)) == []


def test_a_speaker_who_thinks_while_the_microphone_cuts_the_noise_away_is_no_trouble() -> None:
    assert codes(spoken(NARRATED, pause_s=9, room_db=-120, times=2)) == []
    assert codes(spoken(NARRATED, pause_s=15, room_db=-120, times=2)) == []


@pytest.mark.parametrize("name", ALL)
def test_speech_that_is_too_loud_for_the_microphone_is_clipping(name: str) -> None:
    loud = np.abs(sample(name)).max()
    assert codes(spoken([name], times=2) * (4.5 * 32768 / loud)) == ["clipping"]
    assert codes(spoken([name], times=6) * (0.9 * 32768 / loud)) == []


@pytest.mark.parametrize("name", ALL)
def test_speech_in_noise_is_told_when_it_is_much(name: str) -> None:
    speech = spoken([name], times=round(20 * SAMPLE_RATE / len(sample(name))))[: 25 * SAMPLE_RATE]
    assert codes(with_noise(speech, 6)) == ["noise"]
    assert codes(with_noise(speech, 20)) == []


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("room_db", [-60, -75, -120])
def test_speech_that_is_too_soft_is_told_and_speech_that_is_only_softer_is_not(name: str, room_db: float) -> None:
    """Forty decibels less, as from a mixing desk whose fader is down: the room's noise is below one bit."""
    speech = spoken([name], room_db=room_db, times=round(25 * SAMPLE_RATE / len(sample(name))))[: 25 * SAMPLE_RATE]
    assert codes(speech / 100) == ["quiet"]
    assert codes(speech / 8) == []


@pytest.mark.parametrize("level_db", [-60, -40, -20])
def test_noise_alone_is_nothing_to_tell(level_db: float) -> None:
    """Nobody speaks: a fan is no trouble before somebody does."""
    assert codes(noise(30, level_db)) == []


def test_a_microphone_that_gives_nothing_is_silent_after_ten_seconds() -> None:
    (warning,) = listened(SoundCheck(), np.zeros(30 * SAMPLE_RATE))
    assert (warning.code, warning.figures["silentMs"]) == ("silence", 10_000)
    assert codes(noise(12, -85)) == ["silence"]
    assert codes(np.zeros(9 * SAMPLE_RATE)) == []


def test_a_microphone_that_falls_silent_is_told_later_than_one_that_never_spoke() -> None:
    falls_silent = np.concatenate([spoken(NARRATED), np.zeros(30 * SAMPLE_RATE)])
    (warning,) = listened(SoundCheck(), falls_silent)
    assert (warning.code, warning.figures["silentMs"]) == ("silence", 20_000)


def test_a_warning_comes_again_every_thirty_seconds_while_it_stays_bad() -> None:
    assert codes(np.zeros(65 * SAMPLE_RATE)) == ["silence"] * 2
    assert codes(np.zeros(75 * SAMPLE_RATE)) == ["silence"] * 3


def test_what_is_good_again_is_told_again_when_it_is_bad_again_but_not_at_once() -> None:
    check = SoundCheck()
    silence, speech = np.zeros(12 * SAMPLE_RATE), spoken(NARRATED, times=2)
    assert [warning.code for warning in listened(check, silence)] == ["silence"]
    assert listened(check, speech, len(silence)) == []
    again = np.zeros(25 * SAMPLE_RATE)
    assert [warning.code for warning in listened(check, again, len(silence) + len(speech))] == ["silence"]


def test_a_stretch_that_was_not_measured_is_no_silence() -> None:
    check = SoundCheck()
    assert listened(check, np.zeros(6 * SAMPLE_RATE)) == []
    assert listened(check, np.zeros(6 * SAMPLE_RATE), 6 * SAMPLE_RATE + GAP) == []


def test_a_warning_says_what_to_do_in_one_sentence() -> None:
    for sound in (np.zeros(12 * SAMPLE_RATE), spoken(NARRATED) * 20):
        (warning,) = listened(SoundCheck(), sound)
        assert warning.message.endswith(".")
        assert ": " in warning.message
        assert warning.figures


def test_keys_and_breath_in_a_quiet_room_are_no_speech_in_noise() -> None:
    sound = noise(40, -66)
    for at in range(0, len(sound), 5 * FRAME):
        sound[at : at + FRAME] = noise(0.1, -54)
    assert codes(sound) == []


@pytest.mark.parametrize("size", [2, 318, 3200, 31_998])
def test_frames_of_any_length_give_the_same_figures(size: int) -> None:
    pcm = np.round(spoken(NARRATED)[: 6 * SAMPLE_RATE]).astype("<i2").tobytes()
    check = SoundCheck()
    for at in range(0, len(pcm), size):
        check.take(at // 2, pcm[at : at + size])
    by_seconds = SoundCheck()
    for n in range(6):
        by_seconds.take(n * SAMPLE_RATE, pcm[n * 32_000 : (n + 1) * 32_000])
    assert check.quality == by_seconds.quality
    assert check.quality is not None
