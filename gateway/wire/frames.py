"""WebSocket frames of a server (RFC 6455 section 5.2): unmasked, unfragmented, so that one is written to many."""

import struct
from typing import Literal

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

Form = Literal["text", "binary", "event"]
"""How a client gets publications: all in text frames, speech in binary ones, or captions as server-sent events."""


def frame(payload: bytes, opcode: int) -> bytes:
    """One whole frame."""
    length, first = len(payload), 0x80 | opcode
    if length < 126:
        return bytes((first, length)) + payload
    if length < 65536:
        return struct.pack("!BBH", first, 126, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


def text(payload: bytes) -> bytes:
    """A text frame of UTF-8."""
    return frame(payload, TEXT)


def binary(payload: bytes) -> bytes:
    """A binary frame."""
    return frame(payload, BINARY)


def close(code: int) -> bytes:
    """A close frame."""
    return frame(struct.pack("!H", code), CLOSE)
