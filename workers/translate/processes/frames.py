"""How a text goes into a program and comes out again, without ever being taken for another's.

After each text follows a block with a nonce: the reply is over when that very block comes out, whatever the text holds
and whichever process has died.
"""

import secrets
from collections.abc import Callable
from typing import Final, NamedTuple


class FrameError(Exception):
    """The reply is not one to this request."""


class ProgramFraming(NamedTuple):
    """What a program understands."""

    frame: Callable[[str, str], bytes]
    """The request for one line of text with a nonce."""
    unframe: Callable[[bytes, str], str]
    """The text in the reply to the request with a nonce. Raises FrameError when a part of the frame is missing."""


def new_nonce() -> str:
    """What tells one request from all others: 12 random hex digits."""
    return secrets.token_hex(6)


def end_of(nonce: str) -> bytes:
    """The last bytes of the request with `nonce`, and of the reply to it."""
    return f"[/{nonce}]\0".encode()


def _frame(text: str, nonce: str) -> bytes:
    return text.encode() + b"\0" + end_of(nonce)


def _unframe(reply: bytes, nonce: str) -> str:
    text, nul, rest = reply.partition(b"\0")
    if not nul or rest != end_of(nonce):
        raise FrameError(f"frame of {len(reply)} bytes is broken")
    return text.decode(errors="replace")


PLAIN: Final = ProgramFraming(_frame, _unframe)
"""The text, NUL, the block: for programs of ours."""
