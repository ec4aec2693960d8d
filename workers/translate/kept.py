"""What no engine may change: a placeholder stands for it in the text that an engine gets, and it comes back."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PLACEHOLDER: Final = re.compile(r"XG\d+X")
"""Models and rules leave it alone; most other marks they do not."""

_ALWAYS: Final = re.compile(
    r"https?://[^\s<>]*[\w/=#&%+-]|\bwww\.[^\s<>]*[\w/]"  # addresses of pages
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # of people
    r"|</?[A-Za-z][^<>]*>"  # markup
    r"|-*[<>{}\[\]|\\^~`]+-*"  # what is left of it
    r"|[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]+"  # emoji
)
_NUMBER: Final = re.compile(r"\d+(?:[.,:/]\d+)*")

Span = tuple[int, int, str]
"""Where something stands in a text, and what comes into its place."""


@dataclass(frozen=True)
class Kept:
    """A text with placeholders."""

    text: str
    """For the engine."""
    parts: dict[str, str]
    """Placeholder to what it stands for."""

    @property
    def empty(self) -> bool:
        """Nothing beside the placeholders has to be translated."""
        return bool(self.parts) and not any(map(str.isalnum, PLACEHOLDER.sub("", self.text)))

    def restored(self, answer: str) -> str | None:
        """The engine's answer with the parts in their places; None if one is not there exactly once."""
        found = Counter(PLACEHOLDER.findall(answer))
        if any(found[placeholder] != 1 for placeholder in self.parts):
            return None
        return PLACEHOLDER.sub(lambda match: self.parts.get(match[0], match[0]), answer)


def keep(text: str, terms: Iterable[Span] = (), *, numbers: bool = False) -> Kept:
    """`text` with placeholders for `terms`, for addresses, markup and emoji, and for `numbers`."""
    spans = list(terms)
    for pattern in (_ALWAYS, _NUMBER) if numbers else (_ALWAYS,):
        for match in pattern.finditer(text):
            if not any(begin < match.end() and match.start() < end for begin, end, _ in spans):
                spans.append((match.start(), match.end(), match[0]))
    return _placed(text, sorted(spans))


def _placed(text: str, spans: list[Span]) -> Kept:
    number = max((int(known[2:-1]) for known in PLACEHOLDER.findall(text)), default=0)
    pieces, parts, at = [], {}, 0
    for begin, end, part in spans:
        number += 1
        placeholder = f"XG{number}X"
        before, after = text[at:begin], text[end : end + 1]
        glued = before[-1:].isalnum() or (not before and at > 0)
        pieces += [before, " " if glued else "", placeholder, " " if after.isalnum() else ""]
        parts[placeholder] = part
        at = end
    return Kept("".join([*pieces, text[at:]]), parts)


def digits(text: str) -> Counter[int]:
    """How often each digit stands in a text, in whatever script."""
    return Counter(unicodedata.decimal(letter) for letter in text if letter.isdecimal())
