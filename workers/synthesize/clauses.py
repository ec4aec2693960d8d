"""Where a text is cut for a voice that is slow: the first clause is heard while the next is being made.

A voice that takes 0.7 s for a second of speech is silent between two clauses if the next is half as long again, so that
clauses may only grow from one to the next.
"""

import re
from itertools import pairwise
from typing import Final

WHOLE_CHARACTERS: Final = 36
"""What is no longer stays whole."""
FIRST_CHARACTERS: Final = (20, 40)
"""A first clause is so long, or up to the mark that follows soon: about two seconds."""
MORE_CHARACTERS: Final = (40, 80)
"""So is every other one, and up to twice as long as the one before."""
MOST_CHARACTERS: Final = 120
LEFT_CHARACTERS: Final = 12
"""Less is not left alone at the end."""
MOST_CLAUSES: Final = 200
"""A segment has at most 256 parts."""

_MARK: Final = re.compile(r"""[.!?…;:,\u2013\u2014\u3001\u3002\uff01\uff0c\uff1f\u0964]+["'”\u2019»)\]]*\s+""")
"""The end of a clause, with the space behind it: no mark in a number has one."""
_OPENINGS: Final = """
e o a os as um uma que de do da dos das em no na nos nas num numa por pelo pela para com mas ou se quando porque como
sem sobre ao aos à às até y el la los las un una en con pero si cuando del al sin hasta le les une et où qui des du
dans pour avec mais sur par il lo i gli di che per ma della dello delle dei nel nella and or but the an of to in on at
for with that which who because when if from into और कि
"""
"""Words that begin a phrase, in the languages of slow voices: where there is no mark a text is cut before one."""
_OPENING: Final = frozenset(_OPENINGS.split())


def clauses(text: str) -> list[str]:
    """The text in order, in one piece or more; the same for the same text, always. None if it is blank."""
    rest = " ".join(text.split())
    found: list[str] = []
    while rest and len(found) < MOST_CLAUSES:
        fewest, most = FIRST_CHARACTERS
        if found:
            fewest, most = MORE_CHARACTERS[0], min(max(MORE_CHARACTERS[1], 2 * len(found[-1])), MOST_CHARACTERS)
        cut = _cut(rest, fewest, most, most if found else WHOLE_CHARACTERS)
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*found, rest] if rest else found


def _cut(text: str, fewest: int, most: int, whole: int) -> int:
    """Where the first clause of `text` ends: behind a mark, else before a phrase, else between words."""
    if len(text) <= whole:
        return len(text)
    last = len(text) - LEFT_CHARACTERS
    marks = [match.end() for match in _MARK.finditer(text, 0, most + most // 4)]
    if fitting := [end for end in marks if fewest <= end <= last]:
        return fitting[0]
    if len(text) <= most:
        return len(text)
    words = [(match.start(), match[0].lower()) for match in re.finditer(r"\S+", text[: most + 1])]
    between = [
        (begin, word)
        for (_, before), (begin, word) in pairwise(words)
        if before not in _OPENING and fewest <= begin <= last
    ]
    phrases = [begin for begin, word in between if word in _OPENING] or [begin for begin, _ in between]
    return phrases[-1] if phrases else words[-1][0] or most
