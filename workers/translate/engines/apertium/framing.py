"""How a text goes into a pipeline of apertium and comes out again, without ever being taken for another's.

The format is apertium's stream format (https://wiki.apertium.org/wiki/Apertium_stream_format): some characters are
escaped, `[…]` passes through untranslated, and NUL makes every stage flush.
"""

import re
import unicodedata
from typing import Final

from workers.translate.processes.frames import FrameError, ProgramFraming, end_of

_RESERVED = re.compile(r"([\[\]{}^$/\\@<>])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_END_OF_TEXT = ".[]"
"""Ends the sentence as apertium's own deformatter does; without it the last word would wait for more."""


def frame(text: str, nonce: str) -> bytes:
    """The request for one line of text."""
    return f"{_RESERVED.sub(_escape, text)}{_END_OF_TEXT}\0".encode() + end_of(nonce)


def unframe(reply: bytes, nonce: str) -> str:
    """The text in a reply. Raises FrameError when a part of the frame is missing."""
    end = end_of(nonce)
    body = reply.removesuffix(end).rstrip(b"\0").lstrip(b"\0").decode(errors="replace")
    if not reply.endswith(end) or not body.endswith("[]") or "\0" in body:
        raise FrameError(f"frame of {len(reply)} bytes is broken")
    text = body.removesuffix("[]").removesuffix(".")
    return " ".join(_ESCAPED.sub(r"\1", text).split())


FRAMES: Final = ProgramFraming(frame, unframe)


def one_line(text: str) -> str:
    """`text` without what apertium cannot carry: control characters and such are spaces, `~` is dropped.

    apertium swallows `~` wherever it stands.
    """
    return " ".join("".join(" " if _unspeakable(letter) else letter for letter in text).replace("~", "").split())


def _unspeakable(letter: str) -> bool:
    """Controls, lone surrogates, line ends; and noncharacters: ICU takes U+FFFF for the end of the file."""
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or ord(letter) & 0xFFFE == 0xFFFE


def _escape(match: re.Match[str]) -> str:
    return "\\" + match[1]
