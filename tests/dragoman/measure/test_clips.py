"""Recorded clips with what is said in them."""

import wave
from pathlib import Path

import numpy as np
import pytest

from dragoman.measure.clips import Clip, end_of_speech, place, read_clips, read_samples, without_pauses
from dragoman.runtime.errors import DragomanError


def tone(amplitude: float, duration_ms: int) -> bytes:
    steps = np.arange(16 * duration_ms)
    return bytes((amplitude * 32767 * np.sin(steps * 0.3)).astype("<i2").tobytes())


def test_speech_ends_with_the_last_10_ms_within_35_db_of_the_loudest():
    loud, quiet_speech, noise = tone(0.5, 100), tone(0.5 * 10 ** (-30 / 20), 50), tone(0.5 * 10 ** (-45 / 20), 200)
    assert end_of_speech(loud + quiet_speech + noise) == 16 * 150


def test_speech_up_to_the_end_ends_there():
    assert end_of_speech(tone(0.5, 100)) == 1600


def test_nothing_has_no_end_of_speech():
    assert end_of_speech(b"") == 0


def test_clips_follow_each_other_with_silence_between_them():
    placed = place([Clip("a", "", bytes(3200)), Clip("b", "", bytes(3200))], silence_s=1)
    assert [(one.start, one.until) for one in placed] == [(0, 17_600), (17_600, 35_200)]


def write(folder: Path, table: str, *names: str) -> Path:
    (folder / "transcripts.tsv").write_text(table)
    for name in names:
        with wave.open(str(folder / name), "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(16_000)
            wav.writeframes(bytes(320))
    return folder


def test_clips_come_in_the_order_of_the_table(tmp_path: Path):
    folder = write(tmp_path, 'file\ttext\tnote\nb.wav\ttwo "quoted"\tx\na.wav\tone\t\n', "a.wav", "b.wav")
    assert [(clip.name, clip.text, len(clip.pcm)) for clip in read_clips(folder)] == [
        ("b", 'two "quoted"', 320),
        ("a", "one", 320),
    ]


@pytest.mark.parametrize("table", ["", "file\ttext\n", "name\ttext\na.wav\tone\n"])
def test_a_table_without_clips_is_said(tmp_path: Path, table: str):
    with pytest.raises(DragomanError, match=r"transcripts\.tsv"):
        read_clips(write(tmp_path, table))


def test_a_missing_table_and_a_missing_clip_are_said(tmp_path: Path):
    with pytest.raises(DragomanError, match="cannot be read"):
        read_clips(tmp_path)
    with pytest.raises(DragomanError, match=r"gone\.wav: there is no such file"):
        read_clips(write(tmp_path, "file\ttext\ngone.wav\tone\n"))


def test_what_is_wrong_with_a_clip_that_can_be_read_is_said(tmp_path: Path):
    folder, said = write(tmp_path, "file\ttext\na.wav\tone\n", "a.wav"), []
    (folder / "a.wav").write_bytes((folder / "a.wav").read_bytes()[:-160])
    assert len(read_clips(folder, said.append)[0].pcm) == 160
    assert [line.split(": ")[0] for line in said] == [f"{folder / 'a.wav'} is cut off"]


def test_the_samples_of_the_package_are_small_and_all_have_speech():
    samples = read_samples()
    assert len(samples) >= 5
    assert sum(len(clip.pcm) for clip in samples) < 1_000_000
    assert all(clip.text and clip.end_of_speech > 8_000 for clip in samples)


def test_a_clip_without_pauses_keeps_speech_and_a_breath() -> None:
    loud, quiet = b"\x00\x40" * 16_000, bytes(64_000)
    dense = without_pauses(Clip("one", "x", quiet + loud + quiet + loud + quiet))
    assert dense.pcm == (loud + bytes(3_200)) * 2
    assert without_pauses(Clip("none", "", b"")).pcm == b""
