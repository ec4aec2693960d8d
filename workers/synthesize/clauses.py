"""Where a text is cut for a voice that is slow: the first clause is heard while the next is being made."""

import re
from typing import Final

FIRST_CHARACTERS: Final = 24
"""A first clause is at least so long: one or two words alone sound cut off."""
FEWEST_CHARACTERS: Final = 48
"""So is every other one: each cut costs a little of the melody."""
MOST_CHARACTERS: Final = 180
"""What has no mark is cut between words behind so many: a voice reads no more at once."""
MOST_CLAUSES: Final = 200
"""A segment has at most 256 parts."""

_MARK: Final = re.compile(r"""[.!?…;:,\u2013\u2014\u3001\u3002\uff01\uff0c\uff1f\u0964]+["'”\u2019»)\]]*\s+""")
"""The end of a clause, with the space behind it: no mark in a number has one."""


def clauses(text: str) -> list[str]:
    """The text in order, in one piece or more; the same for the same text, always. None if it is blank."""
    rest = " ".join(text.split())
    found: list[str] = []
    while rest and len(found) < MOST_CLAUSES:
        cut = _cut(rest, FEWEST_CHARACTERS if found else FIRST_CHARACTERS)
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*found, rest] if rest else found


def _cut(text: str, fewest: int) -> int:
    """Where the first clause of `text` ends; what would be left alone behind it, too short, belongs to it."""
    ends = [match.end() for match in _MARK.finditer(text)]
    for end in ends:
        if end > MOST_CHARACTERS:
            break
        if end >= fewest and len(text) - end >= FIRST_CHARACTERS:
            return end
    if len(text) <= MOST_CHARACTERS:
        return len(text)
    near = [end for end in ends if end <= MOST_CHARACTERS]
    between = text.rfind(" ", 1, MOST_CHARACTERS)
    return near[-1] if near else between if between > 0 else MOST_CHARACTERS
