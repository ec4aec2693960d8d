"""What a WAV file holds: its chunks, and samples in every way in which recorders and mixing desks write them.

Python's own module reads plain PCM only, and before 3.12 not with the header that 24 bits and more than two channels
have (WAVE_FORMAT_EXTENSIBLE); and it reads no files of more than 4 GB (RF64, BW64).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATES: Final = (4_000, 400_000)
"""Samples a second, from the least to the most that a recording of speech can have."""
PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_WIDTHS: Final = {PCM: (1, 2, 3, 4), FLOAT: (4, 8), A_LAW: (1,), MU_LAW: (1,)}
"""Bytes of a sample."""
_STREAMED: Final = 0x7FFF_0000
"""Bytes from which a header's length means nothing: programs that write into a pipe put the greatest there."""
_LONG: Final = struct.Struct("<QQ")
"""Bytes of the file and of `data`, in files of more than 4 GB."""
_IN_DS64: Final = 0xFFFF_FFFF
_PIECE: Final = 1 << 20
"""Bytes that are decoded at a time."""
_FORMAT: Final = struct.Struct("<HHIIHH")
"""Tag, channels, samples a second, bytes a second, bytes of a sample of all channels, bits of one."""
_SUBFORMAT: Final = slice(24, 26)
"""Where the extensible header has the tag."""


class RiffError(Exception):
    """Says in a few words why the file cannot be read."""


@dataclass(frozen=True)
class Recording:
    """As it is in the file."""

    rate: int
    """Samples a second."""
    channels: int
    tag: int
    """How samples are written."""
    width: int
    """Bytes of a sample of one channel."""
    data: memoryview
    """Whole samples."""
    missing_s: float
    """Seconds that the header promises and that are not there."""
    open_ended: bool
    """The header does not say how long it is: everything to the end of the file is taken."""

    @property
    def duration_s(self) -> float:
        """Of what is there."""
        return len(self.data) / (self.width * self.channels * self.rate)

    def pieces(self) -> Iterator[Samples]:
        """Rows of a sample of each channel, -1 to 1, about a megabyte of the file at a time."""
        together = self.width * self.channels
        length = max(1, _PIECE // together) * together
        for first in range(0, len(self.data), length):
            yield _decoded(self.data[first : first + length], self.tag, self.width).reshape(-1, self.channels)


def recording(content: bytes | mmap) -> Recording:
    """What is in a file. Raises RiffError."""
    if content[:4] not in (b"RIFF", b"RF64", b"BW64") or content[8:12] != b"WAVE":
        raise RiffError("it does not begin as one")
    header, long = b"", _IN_DS64
    for name, at, size in _chunks(content, 12):
        if name == b"fmt ":
            header = content[at : at + min(size, _SUBFORMAT.stop)]
        if name == b"ds64" and size >= _LONG.size <= len(content) - at:
            _, long = _LONG.unpack_from(content, at)
        if name == b"data":
            promised = long if size == _IN_DS64 else size
            return _recording(header, content, at, promised)
    raise RiffError("it is cut off")


def _chunks(content: bytes | mmap, at: int) -> Iterator[tuple[bytes, int, int]]:
    """Names of the chunks from a place on, where they begin, and what they say of their size."""
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        yield content[at : at + 4], at + 8, size
        at += 8 + size + size % 2


def _only_chunks(content: bytes | mmap, at: int) -> bool:
    """Whether from a place on there is nothing but chunks: no samples that a recorder could not count any more."""
    end = at
    for name, begin, size in _chunks(content, at):
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        end = begin + size
    return end >= len(content) - 1 and end <= len(content)


def _recording(header: bytes, content: bytes | mmap, at: int, promised: int) -> Recording:
    if len(header) < _FORMAT.size:
        raise RiffError("it does not say how its samples are written")
    tag, channels, rate, _, together, _ = _FORMAT.unpack(header[: _FORMAT.size])
    if tag == EXTENSIBLE:
        tag = int.from_bytes(header[_SUBFORMAT], "little")
    width = together // channels if channels else 0
    if width not in _WIDTHS.get(tag, ()) or together != width * channels:
        raise RiffError(f"samples of the kind {tag} with {width} bytes")
    if not RATES[0] <= rate <= RATES[1]:
        raise RiffError(f"a sample rate of {rate} Hz; it can be {RATES[0]} to {RATES[1]}")
    there = len(content) - at
    uncounted = _STREAMED <= promised <= _IN_DS64 or promised >= 1 << 63
    open_ended = there < promised if uncounted else not promised and not _only_chunks(content, at)
    size = there if open_ended else min(promised, there)
    missing = 0 if open_ended else max(0, promised - there) // together
    data = memoryview(content)[at : at + size // together * together]
    return Recording(rate, channels, tag, width, data, missing / rate, open_ended)


def _decoded(data: memoryview, tag: int, width: int) -> Samples:
    values: Samples
    if tag == FLOAT:
        values = np.nan_to_num(np.clip(np.frombuffer(data, f"<f{width}"), -1, 1).astype(np.float32))
        return values
    if tag != PCM:
        values = (_A_LAW if tag == A_LAW else _MU_LAW)[np.frombuffer(data, np.uint8)]
        return values
    if width == 1:
        return (np.frombuffer(data, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if width == 3:
        bytes_ = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
        signed = (bytes_[:, 0] << 8 | bytes_[:, 1] << 16 | bytes_[:, 2] << 24) >> 8
        return signed.astype(np.float32) / np.float32(2**23)
    return np.frombuffer(data, f"<i{width}").astype(np.float32) / np.float32(2 ** (8 * width - 1))


def _a_law(byte: int) -> float:
    """ITU-T G.711: sign, three bits of the exponent, four of the mantissa; every other bit inverted."""
    byte ^= 0x55
    exponent, mantissa = byte >> 4 & 7, byte & 15
    value = (mantissa << 4) + 8
    if exponent:
        value = value + 256 << exponent - 1
    return (value if byte & 128 else -value) / 32768


def _mu_law(byte: int) -> float:
    """The same with all bits inverted, and a bias of 132."""
    byte ^= 255
    value = ((byte & 15) << 3) + 132 << (byte >> 4 & 7)
    return (132 - value if byte & 128 else value - 132) / 32768


_A_LAW: Final = np.array([_a_law(byte) for byte in range(256)], np.float32)
_MU_LAW: Final = np.array([_mu_law(byte) for byte in range(256)], np.float32)
