"""Files of every kind as speech, read while they are spoken."""

import tracemalloc
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from dragoman.client.recorded import LOOK_S, Recorded, first, framed
from dragoman.client.wav import read_wav
from dragoman.measure.clips import read_samples
from dragoman.runtime.errors import DragomanError

VOICE = np.frombuffer(next(clip.pcm for clip in read_samples() if clip.name == "goforward"), "<i2")


def written(path: Path, *channels: np.ndarray, rate: int = 16_000) -> Path:
    """A WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())
    return path


def encoded(path: Path, codec: str, samples: np.ndarray, **options: Any) -> Path:
    """The same in a container of FFmpeg, by its name."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=16_000, layout="mono", **options)
        for begin in range(0, len(samples) - 960, 960):
            frame = av.AudioFrame.from_ndarray(samples[None, begin : begin + 960], format="s16", layout="mono")
            frame.sample_rate = 16_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


async def heard(path: Path, said: list[str] | None = None) -> bytes:
    return b"".join([frame async for frame in Recorded(path, (said if said is not None else []).append).frames()])


async def test_a_wav_is_spoken_to_the_sample_in_slices_of_100_ms(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", VOICE)
    frames = [frame async for frame in Recorded(path).frames()]
    assert b"".join(frames) == VOICE.tobytes() == read_wav(path)
    assert {len(frame) for frame in frames[:-1]} == {3200}
    assert Recorded(path).duration_s == len(VOICE) / 16_000


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp3", "libmp3lame"), ("a.ogg", "libopus"), ("a.flac", "flac"), ("a.mp4", "aac")]
)
async def test_any_file_with_sound_in_it_is_spoken(tmp_path: Path, name: str, codec: str) -> None:
    said: list[str] = []
    samples = np.frombuffer(await heard(encoded(tmp_path / name, codec, VOICE), said), "<i2").astype(float)
    assert abs(len(samples) - len(VOICE)) < 3_200
    loud = np.sqrt(np.square(samples).mean() / np.square(VOICE.astype(float)).mean())
    assert loud == pytest.approx(1, abs=0.1)
    assert said == []


async def test_a_file_that_is_cut_off_is_spoken_as_far_as_it_goes_and_that_is_said_once(tmp_path: Path) -> None:
    whole = encoded(tmp_path / "a.flac", "flac", VOICE).read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    said: list[str] = []
    assert 0 < len(await heard(tmp_path / "cut.flac", said)) < len(VOICE) * 2
    (line,) = said
    assert "cut off" in line


async def test_the_channel_with_the_voice_is_taken_and_a_soft_one_made_louder(tmp_path: Path) -> None:
    said: list[str] = []
    opposed = await heard(written(tmp_path / "a.wav", VOICE, -VOICE), said)
    assert np.abs(np.frombuffer(opposed, "<i2").astype(int)).max() > 0.9 * np.abs(VOICE.astype(int)).max()
    soft = await heard(written(tmp_path / "b.wav", VOICE // 100), said)
    assert np.abs(np.frombuffer(soft, "<i2")).max() > 3_000
    assert ["cancel each other out" in said[0], "very quiet" in said[1], len(said)] == [True, True, 2]


async def test_an_hour_needs_no_more_memory_than_a_minute_and_no_time_before_its_first_frame(tmp_path: Path) -> None:
    """The scan is of the beginning: what lies far behind it is not looked at."""
    path = written(tmp_path / "long.wav", *[np.tile(VOICE, 40)] * 2)
    recorded = Recorded(path)
    assert (recorded.duration_s or 0) > 1.5 * LOOK_S
    tracemalloc.start()
    count = sum([len(frame) async for frame in recorded.frames()])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 2 * 40 * len(VOICE)
    assert most < 60_000_000


@pytest.mark.parametrize("content", [b"", b"no sound", bytes(5_000)])
def test_what_is_no_recording_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp3").write_bytes(content)
    with pytest.raises(DragomanError, match="no audio or video file"):
        Recorded(tmp_path / "a.mp3")
    with pytest.raises(DragomanError, match="there is no such file"):
        Recorded(tmp_path / "gone.mp3")


def test_what_tells_how_loud_it_is_begins_with_the_first_sound() -> None:
    silence, sound = np.zeros((100, 1), np.float32), np.ones((100, 1), np.float32)
    assert np.concatenate(list(first([silence, silence, sound, silence, sound], 250))).sum() == 150
    assert list(first([silence, silence], 250)) == []


def test_slices_are_whole_across_pieces() -> None:
    pieces = [np.full(length, 0.5, np.float32) for length in (700, 1_000, 3_300)]
    assert [len(frame) // 2 for frame in framed(pieces)] == [1600, 1600, 1600, 200]
