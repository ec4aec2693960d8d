"""Marks for lines that are read from right to left: SubRip has no way to say that, and players guess."""

from typing import Final
from unicodedata import bidirectional

_NAMES = "ar arc ckb dv fa ha-arab he iw ku-arab nqo pa-arab ps sd syr ug ur yi"
RIGHT_TO_LEFT: Final = frozenset(_NAMES.split())
_EMBED, _POP = "\u202b", "\u202c"  # isolates are newer than many players


def is_right_to_left(language: str) -> bool:
    """By the language, or by the script that its tag names."""
    tag = language.lower()
    return tag in RIGHT_TO_LEFT or tag.split("-")[0] in RIGHT_TO_LEFT or tag.split("-")[1:2] == ["arab"]


def marked(line: str) -> str:
    """The line as one that is read from right to left, if anything in it is."""
    if not any(bidirectional(character) in ("R", "AL") for character in line):
        return line
    return f"{_EMBED}{line}{_POP}"
