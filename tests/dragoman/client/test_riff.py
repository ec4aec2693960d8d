"""WAV files of every kind, written here from a sample."""

import struct
from pathlib import Path

import numpy as np
import pytest

import dragoman.samples
from dragoman.client.riff import Recording, RiffError, recording

SAMPLE = Path(dragoman.samples.__file__).parent / "goforward.wav"
GUID = bytes.fromhex("000000001000800000aa00389b71")
"""What stands behind the tag in an extensible header."""
A_LAW = {0xD5: 8, 0x55: -8, 0xAA: 32_256, 0x2A: -32_256, 0x80: 5_504, 0x00: -5_504, 0xC5: 264}
MU_LAW = {0xFF: 0, 0x7F: 0, 0x80: 32_124, 0x00: -32_124, 0xF0: 120, 0x70: -120, 0xEF: 132}
"""Bytes and their values in the tables of ITU-T G.711, times 8 and 4 as in 16 bits."""


def voice() -> np.ndarray:
    return np.frombuffer(SAMPLE.read_bytes()[44:], "<i2") / 32768


def samples(found: Recording) -> np.ndarray:
    return np.concatenate(list(found.pieces()))


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(content) if size is None else size) + content + bytes(len(content) % 2)


def wav(
    data: bytes,
    tag: int = 1,
    width: int = 2,
    *,
    rate: int = 16_000,
    channels: int = 1,
    extensible: bool = False,
    promised: int | None = None,
    before: bytes = b"",
    name: bytes = b"RIFF",
) -> bytes:
    together = width * channels
    header = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * together, together, 8 * width)
    if extensible:
        header += struct.pack("<HHIH", 22, 8 * width, 4, tag) + GUID
    body = b"WAVE" + before + chunk(b"fmt ", header) + chunk(b"data", data, promised)
    return chunk(name, body)


def ds64(size: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", 0, size, size // 2, 0))


def in_24_bits(samples: np.ndarray) -> bytes:
    return b"".join(int(sample * 2**23).to_bytes(3, "little", signed=True) for sample in samples)


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize(
    ("tag", "width", "data"),
    [
        (1, 2, (voice() * 32768).astype("<i2").tobytes()),
        (1, 3, in_24_bits(voice())),
        (1, 4, (voice() * 2.0**31).astype("<i4").tobytes()),
        (3, 4, voice().astype("<f4").tobytes()),
        (3, 8, voice().astype("<f8").tobytes()),
    ],
)
def test_samples_of_every_kind_are_read(tag: int, width: int, data: bytes, extensible: bool) -> None:
    found = recording(wav(data, tag, width, extensible=extensible))
    assert (found.rate, found.channels, found.missing_s) == (16_000, 1, 0)
    assert np.abs(samples(found)[:, 0] - voice()).max() < 1e-4


def test_8_bits_are_unsigned() -> None:
    assert samples(recording(wav(bytes([0, 128, 255]), 1, 1)))[:, 0].tolist() == [-1, 0, 127 / 128]


@pytest.mark.parametrize(("tag", "table"), [(6, A_LAW), (7, MU_LAW)])
def test_what_telephones_make_is_read(tag: int, table: dict[int, int]) -> None:
    found = recording(wav(bytes(table), tag, 1, rate=8_000))
    assert (samples(found)[:, 0] * 32768).tolist() == list(table.values())


def test_floats_that_are_no_numbers_are_silence_or_full_scale() -> None:
    data = np.array([np.nan, np.inf, -np.inf, 0.5], "<f4").tobytes()
    assert samples(recording(wav(data, 3, 4)))[:, 0].tolist() == [0, 1, -1, 0.5]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("width", "huge"), [(4, 1e30), (8, 1e300)])
def test_floats_beyond_full_scale_are_cut_without_a_word_of_numpy(width: int, huge: float) -> None:
    data = np.array([huge, -huge, 2, 0.5], f"<f{width}").tobytes()
    assert samples(recording(wav(data, 3, width)))[:, 0].tolist() == [1, -1, 1, 0.5]


def test_channels_are_columns() -> None:
    data = np.array([[1, 2, 3], [4, 5, 6]], "<i2").tobytes()
    assert (samples(recording(wav(data, channels=3))) * 32768).tolist() == [[1, 2, 3], [4, 5, 6]]


def test_chunks_of_other_programs_are_passed_over() -> None:
    before = chunk(b"LIST", b"odd") + chunk(b"bext", bytes(602))
    content = wav((voice() * 32768).astype("<i2").tobytes(), before=before) + chunk(b"cue ", bytes(28))
    assert np.abs(samples(recording(content))[:, 0] - voice()).max() < 1e-4


@pytest.mark.parametrize("width", [2, 3])
def test_what_is_missing_of_a_file_that_is_cut_off_is_told(width: int) -> None:
    found = recording(wav(bytes(16_000 * width), 1, width, promised=7 * 16_000 * width))
    assert (len(samples(found)), found.missing_s) == (16_000, 6.0)


@pytest.mark.parametrize("promised", [0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFF0000])
@pytest.mark.parametrize("content", [bytes(3_200), b"\1" * 3_200, bytes(2)])
def test_without_a_length_everything_to_the_end_is_taken(promised: int, content: bytes) -> None:
    """As who writes into a pipe leaves it, or a recorder that lost power."""
    found = recording(wav(content, promised=promised))
    assert (len(samples(found)), found.missing_s, found.open_ended) == (len(content) // 2, 0, True)


@pytest.mark.parametrize("behind", [b"", chunk(b"LIST", b"odd"), chunk(b"LIST", b"even") + chunk(b"cue ", bytes(28))])
def test_a_recording_of_nothing_is_none_of_the_chunks_behind_it(behind: bytes) -> None:
    found = recording(wav(b"") + behind)
    assert (len(found.data), found.open_ended) == (0, False)


@pytest.mark.parametrize("name", [b"RF64", b"BW64"])
def test_of_more_than_4_gb_the_length_is_in_a_chunk_of_its_own(name: bytes) -> None:
    data = (voice() * 32768).astype("<i2").tobytes()
    content = wav(data, promised=0xFFFF_FFFF, before=ds64(len(data)), name=name) + chunk(b"LIST", bytes(100))
    found = recording(content)
    assert np.abs(samples(found)[:, 0] - voice()).max() < 1e-4
    assert (found.missing_s, found.open_ended) == (0, False)


@pytest.mark.parametrize("size", [5 << 30, (1 << 32) + 0xFFFF_FFF0])
def test_of_more_than_4_gb_that_are_cut_off_the_loss_is_told(size: int) -> None:
    found = recording(wav(bytes(3_200), promised=0xFFFF_FFFF, before=ds64(size), name=b"RF64"))
    assert (len(samples(found)), found.missing_s, found.open_ended) == (1_600, (size - 3_200) / 32_000, False)


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, (1 << 64) - 1])
def test_of_more_than_4_gb_without_a_length_everything_is_taken(size: int) -> None:
    found = recording(wav(b"\1" * 3_200, promised=0xFFFF_FFFF, before=ds64(size), name=b"RF64"))
    assert (len(samples(found)), found.missing_s, found.open_ended) == (1_600, 0, True)


def test_a_long_recording_comes_in_pieces() -> None:
    data = np.arange(900_000, dtype="<i4").tobytes()
    found = recording(wav(data, width=4, channels=3))
    assert len(list(found.pieces())) == 4
    assert (samples(found).ravel() * 2.0**31).round().tolist() == list(range(900_000))


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert samples(recording(wav(bytes(9), channels=2))).shape == (2, 2)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not begin"),
        (b"ID3 and more", "does not begin"),
        (b"RIFF\0\0\0\0AVI ", "does not begin"),
        (wav(b"")[:30], "cut off"),
        (chunk(b"RIFF", b"WAVE" + chunk(b"data", b"ab")), "how its samples are written"),
        (wav(bytes(8), 2, 1), "kind 2 with 1 bytes"),
        (wav(bytes(8), 85, 1), "kind 85"),
        (wav(bytes(8), 1, 5), "kind 1 with 5 bytes"),
        (wav(bytes(8), channels=0), "kind 1 with 0 bytes"),
        (wav(bytes(8), rate=0), "sample rate of 0 Hz; it can be 4000 to 400000"),
        (wav(bytes(8), rate=3_999), "sample rate of 3999 Hz"),
        (wav(bytes(8), rate=400_001), "sample rate of 400001 Hz"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, why: str) -> None:
    with pytest.raises(RiffError, match=why):
        recording(content)
