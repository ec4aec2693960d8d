"""What no engine may change: a placeholder stands for it in the text that an engine gets, and it comes back."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PLACEHOLDER: Final = re.compile(r"XG\d+X")
"""Models and rules leave it alone; most other marks they do not."""

_WIDE: Final = r"\u3000-\u9fff\uff00-\uffef"
"""Chinese and Japanese, where no space tells an address from the words around it."""
_URL: Final = rf"[^\s<>{_WIDE}]*(?![{_WIDE}])"
_ALWAYS: Final = re.compile(
    rf"https?://{_URL}[\w/=#&%+-]|(?<![a-zA-Z0-9])www\.{_URL}[\w/]"  # addresses of pages
    r"|(?a:[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"  # of people
    r"|</?[A-Za-z][^<>]*>"  # markup
    r"|-*[<>{}\[\]|\\^~`]+-*"  # what is left of it
    r"|[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]+"  # emoji
)
_NUMBER: Final = re.compile(r"\d+(?:[.,:/]\d+)*")
_PERHAPS_A_WORD: Final = re.compile(r"(\d{1,2})(?=月)|([\d.,]+)(?=[百千万萬亿億])")
"""Before the Chinese month, and before hundreds, thousands, ten thousands and hundred millions."""
_SMALL: Final = re.compile(r"(?<![\d.,:/])\d{1,2}(?=[\u3400-\u9fff])(?!月)")

Span = tuple[int, int, str]
"""Where something stands in a text, and what comes into its place."""


@dataclass(frozen=True)
class KeptText:
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


def keep(text: str, terms: Iterable[Span] = (), *, numbers: bool = False) -> KeptText:
    """`text` with placeholders for `terms`, for addresses, markup and emoji, and for `numbers`."""
    spans = list(terms)
    for pattern in (_ALWAYS, _NUMBER) if numbers else (_ALWAYS,):
        for match in pattern.finditer(text):
            if not any(begin < match.end() and match.start() < end for begin, end, _ in spans):
                spans.append((match.start(), match.end(), match[0]))
    return _placed(text, sorted(spans))


def _placed(text: str, spans: list[Span]) -> KeptText:
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
    return KeptText("".join([*pieces, text[at:]]), parts)


def perhaps_words(text: str, *, spelt: bool) -> Counter[int]:
    """Digits of a Chinese text that a good translation may not have: the third month is March, 350 times 10,000 is
    3.5 million, and where a numeral is `spelt` in it, 3 people are three."""
    words = [month or re.sub("[^0]", "", number) for month, number in _PERHAPS_A_WORD.findall(text)]
    return digits("".join([*words, *(_SMALL.findall(text) if spelt else ())]))


def digits(text: str) -> Counter[int]:
    """How often each digit stands in a text, in whatever script."""
    return Counter(unicodedata.decimal(letter) for letter in text if letter.isdecimal())
