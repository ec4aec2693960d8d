"""How a text is cut for a model that was taught single sentences."""

import re
from typing import Final

MOST_WORDS, MOST_CHARS = 60, 600
"""Of more in one call a model loses some, or begins to loop."""
_LONGEST_WORD: Final = 100
MOST_WIDE: Final = 60
"""Chinese or Japanese characters in one call."""

_END: Final = re.compile(
    r"""(?<=[.!?…])["'”\u2019»)\]]*\s+(?=\S)|(?:(?<=[。\uff01\uff1f\uff1b])|(?<=[\u3040-\u30ff\u3400-\u9fff][!?;]))[”\u2019」』\uff09]*"""
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(])(?:\w|[Mm]rs?|[Mm]s|[Dd]ra?|[Ss]ra?|[Ss]ta?|[Pp]rof|[Nn]o|[Vv]s|[Ee]tc|e\.g|i\.e|[Jj]r|[Nn]úm|[Pp]ág)\.$"
)
_WIDE: Final = r"[\u3040-\u30ff\u3400-\u9fff]"
_WIDE_CLAUSES: Final = (
    re.compile(rf"[\uff0c\u3001\uff1a]|,(?={_WIDE})"),
    re.compile(
        r"(?=但是|所以|因为|因為|然后|然後|而且|如果|那么|那麼|不过|不過|可是|或者|同时|同時|另外|接下来|接下來)"
    ),
    re.compile(rf"(?<={_WIDE})(?={_WIDE})"),
)
"""Where a long Chinese sentence may be cut: at a mark, before a word that
begins a clause, else between two characters."""
_SPACE: Final = re.compile(rf"(?<={_WIDE})\s+(?={_WIDE})")
"""Recognisers write it for a mark; a model forgets what is behind it."""
_CLAUSE: Final = re.compile(r"(?<=[;:,\u2013\u2014])\s+")


def units(text: str) -> list[str]:
    """Sentences of at most MOST_WORDS words, in order; longer ones are cut at a clause's end."""
    found, begin, text = [], 0, _SPACE.sub("\uff0c", text)
    for end in _END.finditer(text):
        if not (text[end.end() : end.end() + 1].islower() or _ABBREVIATION.search(text[begin : end.start()])):
            found.append(text[begin : end.end()].strip())
            begin = end.end()
    found.append(text[begin:].strip())
    return [part for sentence in found if sentence for part in _short(sentence)]


def wordless(text: str) -> bool:
    """Nothing in it that a model could know: no letter and no digit, or no space in what is no language's word."""
    return not any(map(str.isalnum, text)) or (text.isascii() and len(text) > _LONGEST_WORD and " " not in text)


def _short(sentence: str) -> list[str]:
    if len(re.findall(_WIDE, sentence)) > MOST_WIDE:
        middle = len(sentence) // 2
        for place in _WIDE_CLAUSES:
            near = [found.end() for found in place.finditer(sentence) if abs(found.end() - middle) <= middle // 2]
            if near:
                cut = min(near, key=lambda each: abs(each - middle))
                return [*_short(sentence[:cut].strip()), *_short(sentence[cut:].strip())]
    words = sentence.split()
    if len(words) <= MOST_WORDS and len(sentence) <= MOST_CHARS:
        return [sentence]
    if len(words) == 1:
        return [sentence[at : at + MOST_CHARS] for at in range(0, len(sentence), MOST_CHARS)]
    cuts, at = [], 0
    for clause in _CLAUSE.split(sentence)[:-1]:
        at += len(clause.split())
        cuts.append(at)
    middle = len(words) // 2
    near = [cut for cut in cuts if abs(cut - middle) <= middle // 2]
    cut = min(near, key=lambda each: abs(each - middle), default=middle)
    return [*_short(" ".join(words[:cut])), *_short(" ".join(words[cut:]))]
