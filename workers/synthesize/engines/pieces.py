"""How a text is made ready for a voice that takes it as it is."""

import re
import unicodedata
from typing import Final

MOST_CHARACTERS: Final = 500
"""Of one call: much longer ones take seconds, and a whole speech minutes."""

_LONG_WORD: Final = re.compile(r"\S{50}(?=\S)")
"""What is longer is no word: on one of 500 letters Pico hangs if the text before gave no sound."""
_GAPS: Final = ("Cc", "Cs", "Zl", "Zp")
"""Categories of Unicode: controls, lone surrogates, ends of lines."""
_CUTS: Final = (
    re.compile(r"""[.!?…]["'”\u2019»)\]]*\s+"""),
    re.compile(r"[;:,\u2013\u2014]\s+"),
    re.compile(r"\s+"),
)
"""Ends of sentences, of clauses, of words: where a text is cut, the first kind that is found."""


def pieces(text: str) -> list[str]:
    """The text in order, in pieces that can be spoken; none if it holds no letter, digit or symbol."""
    rest, found = _line(text), []
    while len(rest) > MOST_CHARACTERS:
        cut = _cut(rest)
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [piece for piece in [*found, rest] if any(unicodedata.category(letter)[0] in "LNS" for letter in piece)]


def _line(text: str) -> str:
    """Without what Pico would obey (tags begin with `<`), what cuts a text (NUL), and what no UTF-8 can carry."""
    letters = (" " if letter == "<" or unicodedata.category(letter) in _GAPS else letter for letter in text)
    return _LONG_WORD.sub(r"\g<0> ", " ".join("".join(letters).split()))


def _cut(text: str) -> int:
    for kind in _CUTS:
        if ends := [match.end() for match in kind.finditer(text, 0, MOST_CHARACTERS)]:
            return ends[-1]
    return MOST_CHARACTERS
