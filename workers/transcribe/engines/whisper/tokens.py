"""Whisper's tokens: parts of words, stamps of time, and the marks with which a text begins and ends."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

STAMP_S: Final = 0.02
"""Seconds from one stamp to the next."""
_GOES_ON: Final = re.compile(r"[0-9A-Za-z]$|[0-9][.,:]$")
"""A number or a foreign word in a language without spaces."""
_BROKEN: Final = "\ufffd"
"""What a part of a character decodes to."""


@dataclass(frozen=True)
class Alphabet:
    """Where in a model's vocabulary the special tokens are."""

    end: int
    """Ends a text; every token from here on is special."""
    first_stamp: int
    """0.00 s; the others follow."""


def said(tokens: Sequence[int], alphabet: Alphabet, enough_s: float) -> tuple[int, ...]:
    """The tokens of text, up to the first stamp after some that is at `enough_s` or later: what follows is invented."""
    text: list[int] = []
    for token in tokens:
        if token < alphabet.end:
            text.append(token)
        elif text and token >= alphabet.first_stamp and (token - alphabet.first_stamp) * STAMP_S >= enough_s:
            break
    return tuple(text)


def words(
    tokens: Sequence[int], decode: Callable[[Sequence[int]], str], spaced: bool
) -> list[tuple[str, tuple[int, ...]]]:
    """The words with their space before them and the marks after them, and the tokens of each.

    Without spaces (`spaced`) a word is what a token holds, but numbers and foreign words are whole.
    """
    found: list[tuple[str, tuple[int, ...]]] = []
    part: tuple[int, ...] = ()
    for token in tokens:
        part += (token,)
        text = decode(part)
        if _BROKEN in text:
            continue
        inside = spaced or (found and _GOES_ON.search(found[-1][0]) and text[0].isascii() and text[0].isalnum())
        new = any(letter.isalnum() for letter in text) and (text.startswith(" ") or not inside)
        if found and not new:
            before, its_tokens = found.pop()
            text, part = before + text, its_tokens + part
        found.append((text, part))
        part = ()
    return found
