"""What a WAV file holds: its chunks, and samples in every way in which recorders and mixing desks write them.

Python's own module reads plain PCM only, and before 3.12 not with the header that 24 bits and more than two channels
have (WAVE_FORMAT_EXTENSIBLE).
"""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_WIDTHS: Final = {PCM: (1, 2, 3, 4), FLOAT: (4, 8), A_LAW: (1,), MU_LAW: (1,)}
"""Bytes of a sample."""
_STREAMED: Final = 0x7FFF_0000
"""Bytes from which a header's length means nothing: programs that write into a pipe put the greatest there."""
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
    data: bytes
    """Whole samples."""
    missing_s: float
    """Seconds that the header promises and that are not there."""

    @property
    def samples(self) -> Floats:
        """Rows of a sample of each channel, -1 to 1."""
        return _decoded(self.data, self.tag, self.width).reshape(-1, self.channels)


def recording(content: bytes) -> Recording:
    """What is in a file. Raises RiffError."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise RiffError("it does not begin as one")
    header = b""
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        chunk = content[at + 8 : at + 8 + size]
        if name == b"fmt ":
            header = chunk
        if name == b"data":
            return _recording(header, chunk, size)
        at += 8 + size + size % 2
    raise RiffError("it is cut off")


def _recording(header: bytes, data: bytes, promised: int) -> Recording:
    if len(header) < _FORMAT.size:
        raise RiffError("it does not say how its samples are written")
    tag, channels, rate, _, together, _ = _FORMAT.unpack(header[: _FORMAT.size])
    if tag == EXTENSIBLE:
        tag = int.from_bytes(header[_SUBFORMAT], "little")
    width = together // channels if channels else 0
    if width not in _WIDTHS.get(tag, ()) or together != width * channels:
        raise RiffError(f"samples of the kind {tag} with {width} bytes")
    if not 1000 <= rate <= 400_000:
        raise RiffError(f"a sample rate of {rate} cannot be")
    whole = data[: len(data) // together * together]
    missing = (promised - len(data)) // together if promised < _STREAMED else 0
    return Recording(rate, channels, tag, width, whole, max(0, missing) / rate)


def _decoded(data: bytes, tag: int, width: int) -> Floats:
    if tag == FLOAT:
        return np.nan_to_num(np.frombuffer(data, f"<f{width}").astype(np.float32), posinf=1, neginf=-1)
    if tag != PCM:
        values: Floats = (_A_LAW if tag == A_LAW else _MU_LAW)[np.frombuffer(data, np.uint8)]
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
