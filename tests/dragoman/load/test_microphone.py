"""A simulated microphone gives what was said at its time, and silence else."""

import numpy as np

from dragoman.load.microphone import FRAME_SAMPLES, SimulatedMicrophone


def tone(samples: int, level: int = 1000) -> bytes:
    return np.full(samples, level, "<i2").tobytes()


def heard(microphone: SimulatedMicrophone, frames: int) -> np.ndarray:
    return np.frombuffer(b"".join(microphone.frame() for _ in range(frames)), "<i2")


def test_a_sample_is_due_when_it_would_have_been_spoken_whenever_frames_are_taken():
    microphone = SimulatedMicrophone(50.0, first=32_000)
    assert microphone.due(32_000 + 8_000) == 50.5
    assert microphone.at(50.5) == 40_000
    heard(microphone, 3)
    assert microphone.due(40_000) == 50.5
    assert microphone.position == 32_000 + 3 * FRAME_SAMPLES


def test_what_is_said_stands_at_its_place_across_frames():
    microphone = SimulatedMicrophone(0.0)
    assert microphone.say(tone(4_000), 2_500) == 2_500
    audio = heard(microphone, 6)
    assert np.flatnonzero(audio).tolist() == list(range(2_500, 6_500))


def test_nobody_says_two_things_at_once():
    microphone = SimulatedMicrophone(0.0)
    microphone.say(tone(4_000), 0)
    assert microphone.say(tone(1_000, 5), 1_000, apart=800) == 4_800
    audio = heard(microphone, 5)
    assert np.flatnonzero(audio == 5).tolist() == list(range(4_800, 5_800))
    assert microphone.say(tone(1_000), 100, apart=16_000) == 5_800 + 16_000


def test_who_breaks_off_says_nothing_more_of_it():
    microphone = SimulatedMicrophone(0.0)
    microphone.say(tone(16_000), 0)
    microphone.say(tone(16_000), 20_000)
    assert np.count_nonzero(heard(microphone, 2)) == 2 * FRAME_SAMPLES
    microphone.break_off()
    assert microphone.say(tone(800, 5), 0, apart=800) == microphone.position + 800
    audio = heard(microphone, 30)
    assert np.flatnonzero(audio).tolist() == list(range(800, 1_600))
    assert set(audio[800:1_600]) == {5}


def test_what_begins_in_the_past_begins_now():
    microphone = SimulatedMicrophone(0.0)
    heard(microphone, 4)
    assert microphone.say(tone(10), 0) == microphone.position == 4 * FRAME_SAMPLES
