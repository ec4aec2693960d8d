"""Recordings as utterances: cut at pauses, put together to the wanted length."""

import random
import wave
from pathlib import Path

import numpy as np
import pytest

from dragoman.load.recordings import LONGEST_S, Utterable, of_folder, samples_of_package, stretches, utterance
from dragoman.runtime.errors import DragomanError

SECOND = 16_000


def sound(seconds: float, level: int = 8_000) -> np.ndarray:
    return np.full(round(seconds * SECOND), level, "<i2")


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SECOND), "<i2")


def test_a_recording_is_cut_at_its_pauses_and_silence_is_left_out():
    audio = np.concatenate([silence(1), sound(2), silence(0.5), sound(1), silence(0.2), sound(1), silence(2)])
    found = stretches(audio.tobytes())
    assert [round(each.duration_s, 1) for each in found] == [2.0, 2.2]
    assert stretches(silence(3).tobytes()) == stretches(b"") == []


def test_what_has_no_pause_is_cut_where_it_is_too_long():
    found = stretches(sound(LONGEST_S * 2.5).tobytes())
    assert [round(each.duration_s) for each in found] == [12, 12, 6]


def test_an_utterance_has_about_the_wanted_length():
    found = [Utterable(sound(seconds).tobytes()) for seconds in (1, 2, 5)]
    for seed in range(50):
        spoken = Utterable(utterance(found, 4, 7, random.Random(seed)))
        assert spoken.duration_s == 5
        longer = Utterable(utterance(found, 8, 11, random.Random(seed)))
        assert 8 <= longer.duration_s <= 16
    assert utterance(found, 4, 7, random.Random(1)) == utterance(found, 4, 7, random.Random(1))


def test_the_samples_of_the_package_are_utterances():
    found = samples_of_package()
    assert len(found) >= 7
    assert all(0.1 < each.duration_s < LONGEST_S + 0.1 for each in found)


def test_a_folder_gives_what_can_be_read_and_tells_of_the_rest(tmp_path: Path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SECOND)
        wav.writeframes(np.concatenate([sound(1), silence(1)]).tobytes())
    (tmp_path / "notes.txt").write_text("what was said")
    said: list[str] = []
    (only,) = of_folder(tmp_path, said.append)
    assert round(only.duration_s) == 1
    assert [line for line in said if "notes.txt is left out" in line]


def test_a_folder_without_speech_says_what_to_do(tmp_path: Path):
    with pytest.raises(DragomanError, match="put audio or video files there"):
        of_folder(tmp_path, lambda line: None)
