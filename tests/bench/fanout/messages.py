"""What is fanned out: as the gateway gets it, and as everybody else must send it so that the bytes are the same."""

from typing import NamedTuple

from gateway.channels.publications import Published
from tests.gateway.publisher import caption, speech

CAPTION, SPEECH = 200, 8 * 1024
"""Bytes of a caption's JSON, and of encoded audio."""


class Kind(NamedTuple):
    """One product for one sort of clients."""

    product: str
    """`captions` or `speech`."""
    binary: bool
    """The clients speak `dragoman.v1`."""

    @property
    def join(self) -> dict[str, object]:
        """What a listener of it asks for."""
        return {"targetLanguage": "es", "history": 0, "audio": self.product == "speech"} | {
            "captions": self.product == "captions"
        }


KINDS = [Kind(product, binary) for product in ("captions", "speech") for binary in (False, True)]


def publication(kind: Kind, segment: int) -> bytes:
    """The payload that broadcast publishes."""
    if kind.product == "speech":
        return speech(segment, bytes(range(256)) * (SPEECH // 256))
    length = len(frame(kind, caption(segment, ""), segment)) - 4
    return caption(segment, "x" * max(0, CAPTION - length))


def frame(kind: Kind, payload: bytes, segment: int) -> bytes:
    """The frame that a listener gets of it."""
    published = Published(payload, f"{segment}-1", f"{segment - 1}-1")
    return published.binary if kind.binary else published.text


def unframed(frame: bytes) -> tuple[int, bytes]:
    """Opcode and payload."""
    return frame[0] & 0x0F, frame[{126: 4, 127: 10}.get(frame[1], 2) :]
