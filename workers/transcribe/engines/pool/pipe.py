"""What a recogniser process and its parent say to each other: u32 length (big endian), then MessagePack."""

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from workers.transcribe.engine import Hypothesis

HEADER: Final = struct.Struct(">I")


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Opens a session."""

    session: int
    language: str
    """BCP-47, or `auto`."""
    light: bool = False
    """With the smaller model: the process has much to hear already."""


class Feed(msgspec.Struct, frozen=True, tag="feed"):
    """Audio of a session. Answered by a Heard."""

    session: int
    position: int
    pcm: bytes


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """Ends the open utterance. Answered by a Heard."""

    session: int


class Close(msgspec.Struct, frozen=True, tag="close"):
    """Nothing more is said about the session."""

    session: int


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process has proven that it works."""


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """The process cannot work here, and ends."""

    reason: str


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The process works for this session now, until the next message."""

    session: int


class Heard(msgspec.Struct, frozen=True, tag="heard"):
    """What came of a Feed or Finish, or of a look at what was fed before; `session` may be closed already."""

    session: int
    samples: int
    """Of the Feed; 0 of anything else."""
    hypotheses: tuple[Hypothesis, ...]
    quiet_until: int
    """Nothing below is part of an utterance that is not yet final; -1: not known."""
    finished: bool = False
    """It answers a Finish."""
    asked: bool = True
    """It answers a Feed or Finish."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The session failed and is gone; the others go on."""

    session: int
    reason: str


ToChild = Open | Feed | Finish | Close
ToParent = Ready | Broken | Begun | Heard | Failed

_encoder = msgspec.msgpack.Encoder()
to_child = msgspec.msgpack.Decoder(ToChild)
to_parent = msgspec.msgpack.Decoder(ToParent)


def packed(message: ToChild | ToParent) -> bytes:
    """A message with its length before it."""
    body = _encoder.encode(message)
    return HEADER.pack(len(body)) + body


class Unpacking:
    """Cuts what comes out of the pipe into messages for the child."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def add(self, received: bytes) -> Iterator[ToChild]:
        """The messages that are complete."""
        self._buffer += received
        while len(self._buffer) >= HEADER.size:
            end = HEADER.size + HEADER.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            message = to_child.decode(self._buffer[HEADER.size : end])
            del self._buffer[:end]
            yield message
