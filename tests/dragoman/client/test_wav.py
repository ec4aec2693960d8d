"""PCM files as speech."""

import os
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dragoman.client.wav import read_wav
from dragoman.runtime.errors import DragomanError


def write(path: Path, pcm: bytes, *, rate: int = 16_000, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(width)
        wav.setframerate(rate)
        wav.writeframes(pcm)
    return path


def sine(rate: int, hertz: float, seconds: float = 0.5, amplitude: float = 0.5) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


def as_floats(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2") / 32768


def test_the_right_format_is_taken_as_it_is(tmp_path: Path):
    pcm = (sine(16_000, 440) * 32767).astype("<i2").tobytes()
    assert read_wav(write(tmp_path / "a.wav", pcm)) == pcm


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_another_rate_is_converted(tmp_path: Path, rate: int):
    pcm = (sine(rate, 440) * 32767).astype("<i2").tobytes()
    heard = as_floats(read_wav(write(tmp_path / "a.wav", pcm, rate=rate)))
    wanted = sine(16_000, 440)
    assert len(heard) == len(wanted)
    assert np.abs(heard - wanted)[500:-500].max() < 0.01


@pytest.mark.parametrize(("width", "kind"), [(1, "u1"), (3, ""), (4, "<i4")])
def test_another_width_is_converted(tmp_path: Path, width: int, kind: str):
    wanted = sine(16_000, 440)
    if width == 1:
        pcm = (wanted * 127 + 128).round().astype(kind).tobytes()
    elif width == 3:
        pcm = b"".join(int(s * (2**23 - 1)).to_bytes(3, "little", signed=True) for s in wanted)
    else:
        pcm = (wanted * (2**31 - 1)).astype(kind).tobytes()
    heard = as_floats(read_wav(write(tmp_path / "a.wav", pcm, width=width)))
    assert np.abs(heard - wanted).max() < (0.01 if width == 1 else 0.001)


def test_channels_are_mixed(tmp_path: Path):
    both = np.stack([sine(16_000, 440), sine(16_000, 1_000)], axis=1)
    pcm = (both * 32767).astype("<i2").tobytes()
    assert np.abs(as_floats(read_wav(write(tmp_path / "a.wav", pcm, channels=2))) - both.mean(axis=1)).max() < 0.001


def test_channels_that_cancel_each_other_out_are_said_with_the_name_of_the_file(tmp_path: Path):
    both = np.stack([sine(16_000, 440), -sine(16_000, 440)], axis=1)
    path, said = write(tmp_path / "a.wav", (both * 32767).astype("<i2").tobytes(), channels=2), []
    assert np.abs(as_floats(read_wav(path, said.append)) - both[:, 0]).max() < 0.001
    (line,) = said
    assert line.startswith(f"{path}: its channels cancel each other out")


def test_half_a_sample_at_the_end_is_left_out(tmp_path: Path):
    path = write(tmp_path / "a.wav", bytes(320))
    path.write_bytes(path.read_bytes()[:-1])
    assert len(read_wav(path)) % 2 == 0


@pytest.mark.parametrize("content", [b"ID3 not a wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0"])
def test_what_is_no_pcm_is_said_with_what_helps(tmp_path: Path, content: bytes):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(DragomanError, match="sox"):
        read_wav(path)


def test_a_missing_file_is_said(tmp_path: Path):
    with pytest.raises(DragomanError, match="no such file"):
        read_wav(tmp_path / "gone.wav")


def test_an_empty_file_and_a_folder_are_said(tmp_path: Path):
    (tmp_path / "empty.wav").write_bytes(b"")
    with pytest.raises(DragomanError, match=r"empty\.wav is empty$"):
        read_wav(tmp_path / "empty.wav")
    with pytest.raises(DragomanError, match=r"cannot be read: Is a directory$"):
        read_wav(tmp_path)


def test_of_a_file_that_is_cut_off_the_rest_is_taken_and_the_loss_said(tmp_path: Path):
    path = write(tmp_path / "a.wav", bytes(64_000))
    path.write_bytes(path.read_bytes()[:-32_000])
    said: list[str] = []
    assert len(read_wav(path, said.append)) == 32_000
    assert said == [f"{path} is cut off: 1.0 s of what its header promises are missing"]


@pytest.mark.parametrize("size", [b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", bytes(4)])
def test_of_a_file_that_does_not_say_how_long_it_is_all_is_taken_and_it_is_said(tmp_path: Path, size: bytes):
    path = write(tmp_path / "a.wav", b"\1" * 3_200)
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = size
    path.write_bytes(content)
    said: list[str] = []
    assert read_wav(path, said.append) == b"\1" * 3_200
    assert said == [
        f"{path} does not say how long it is, as if its recorder had lost power: all up to its end is taken"
    ]


@pytest.mark.parametrize("rate", [4_000, 16_000, 48_000])
@pytest.mark.parametrize("length", [0, 1])
def test_a_recording_of_a_sample_or_none_is_as_short(tmp_path: Path, rate: int, length: int):
    heard = read_wav(write(tmp_path / "a.wav", bytes(2 * length), rate=rate))
    assert len(heard) == 2 * round(length * 16_000 / rate)


def test_a_recording_that_comes_through_a_pipe_is_read(tmp_path: Path):
    pcm = (sine(16_000, 440) * 32767).astype("<i2").tobytes()
    content = write(tmp_path / "a.wav", pcm).read_bytes()
    os.mkfifo(path := tmp_path / "pipe.wav")
    with ThreadPoolExecutor() as threads:
        threads.submit(path.write_bytes, content)
        assert read_wav(path) == pcm


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_soft_voice_is_made_louder_and_it_is_said_with_the_name_of_the_file(tmp_path: Path, rate: int):
    voice = np.concatenate([sine(rate, 440, amplitude=0.002), np.zeros(rate // 4)])
    path, said = write(tmp_path / "a.wav", (voice * 32767).astype("<i2").tobytes(), rate=rate), []
    assert np.abs(as_floats(read_wav(path, said.append))).max() > 0.08
    assert said == [f"{path}: it is very quiet (-57 dB): it is made 33 dB louder"]
