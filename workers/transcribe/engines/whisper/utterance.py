"""The words of an open utterance, read again and again while it grows: what is shown, and what may no longer change.

A model that reads a beginning guesses how its last words go on. So the last words are held back, and what two readings
of different audio agree on (LocalAgreement-2) is stable. Case and marks do not count in that: they depend on the end.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

from schemas.audio import SAMPLE_RATE

HELD_BACK: Final = 2
"""Words at the end of a reading that are not shown yet."""
_LETTERS: Final = 2
"""Make a word where none has a space before it; there what is called a word below is a letter or a few."""
CLAUSE_MARKS: Final = frozenset(",.;:?!…—、。，．；：？！")  # noqa: RUF001  # of languages without spaces
SENTENCE_MARKS: Final = frozenset(".?!。．？！")  # noqa: RUF001
_TITLES: Final = frozenset(("mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "sra", "dra", "hr", "fr", "mme", "mlle"))
"""A full stop behind them ends nothing."""
_CLAUSE_WORDS: Final = 4
"""A clause of fewer words is not worth a caption of its own."""


def bare(word: str) -> str:
    """The word without the marks around it."""
    return word.strip().strip("".join(CLAUSE_MARKS) + '"“”()[]¿¡ ') or word.strip()


def key(word: str) -> str:
    """The word without case and marks."""
    return "".join(letter for letter in word.casefold() if letter.isalnum() or unicodedata.category(letter)[0] == "M")


def amount(words: Sequence[str]) -> float:
    """How many words that is, in whatever language: each with a space before it, else by letters."""
    return sum(1 if word.startswith(" ") else len(key(word)) / _LETTERS for word in words)


def _held_back(words: Sequence[str]) -> int:
    """Parts at the end that make HELD_BACK words."""
    count = 0
    while count < len(words) and amount(words[len(words) - count :]) < HELD_BACK:
        count += 1
    return count


def agreed(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if key(a) != key(b):
            break
        count += 1
    return count


def ends_sentence(text: str) -> bool:
    """It ends as a sentence does: `...` breaks off, `Mr.` goes on."""
    return text[-1:] in SENTENCE_MARKS and not text.endswith("..") and not _is_title(text)


def _is_title(text: str) -> bool:
    return text[-1:] == "." and key(text.rpartition(" ")[2]) in _TITLES


def _ends_clause(text: str) -> bool:
    return text[-1:] in CLAUSE_MARKS and not _is_title(text)


class Utterance:
    """Words with the space before them and the marks after them."""

    def __init__(self, before: Sequence[str] = (), ahead: Sequence[str] = ()) -> None:
        """`before`: what was said of this sentence in the segment before; `ahead`: what was read behind it already."""
        self._before = list(before)
        self._seen: list[str] = list(ahead)
        self._seen_before: list[str] = []
        self.words: list[str] = []
        """The last reading."""
        self._stable: list[str] = []
        self._shown = 0

    def see(self, words: Sequence[str], paused: bool = False) -> None:
        """A reading of more audio than the last one; in a pause nothing is held back."""
        continued = self._continued(words)
        held = 0 if paused else _held_back(continued)
        both = min(agreed(self._seen, continued), max(0, len(continued) - held))
        if agreed(self._stable, continued) == len(self._stable):
            self._stable += continued[len(self._stable) : both]
        else:
            self._stable = continued[:both]
        self.words = continued
        self._seen_before, self._seen = self._seen, continued
        self._shown = max(len(self._stable), len(continued) - held)

    @property
    def text(self) -> str:
        """What is shown; the stable words as they were shown first."""
        return "".join((*self._stable, *self.words[len(self._stable) : self._shown])).strip()

    @property
    def stable_chars(self) -> int:
        """Of the text."""
        return len("".join(self._stable).strip())

    def clause(self, *, whole: bool = False) -> int:
        """Words up to the last mark at which the last two readings agree, in what is stable; 0: none. `whole`: it ends
        a sentence."""
        ends = ends_sentence if whole else _ends_clause
        for count in range(min(len(self._stable), len(self._seen_before), len(self.words)), 0, -1):
            if amount(self.words[:count]) < _CLAUSE_WORDS:
                break
            if ends(self.words[count - 1]) and ends(self._seen_before[count - 1]):
                return count
        return 0

    def behind(self, count: int) -> "Utterance":
        """The utterance goes on behind its first `count` words, which are final now."""
        text = "".join(self.words[:count])
        return Utterance([] if ends_sentence(text) else self.words[:count], self.words[count:])

    def _continued(self, words: Sequence[str]) -> list[str]:
        """Words after a cut: the model begins them like a sentence, and may hear the end of the last word again."""
        if not self._before or not words:
            return list(words)
        if key(words[0]) == key(self._before[-1]):
            words = words[1:]
        return [_in_mid_sentence(words[0], self._seen[:1]), *words[1:]] if words else []


def _in_mid_sentence(word: str, read_before: Sequence[str]) -> str:
    """Not capitalised, unless it was when it was read behind others, or is all capitals, as `I` is."""
    if read_before and key(read_before[0]) == key(word):
        return read_before[0]
    letters = word.strip()
    stem = letters.split("'")[0].split("\u2019")[0]
    return word if stem == stem.upper() else word.replace(letters, letters[0].lower() + letters[1:], 1)


def patience_ms(text: str, words: float, silence_ms: int, breath_ms: int, length: int) -> int:
    """Silence that ends an utterance of `length` samples that reads so; its speaker took breaths of `breath_ms`.

    What ends a sentence needs `silence_ms`; a word or two, an open clause, a slow speaker more; a long one less.
    """
    if length >= 7 * SAMPLE_RATE and breath_ms < silence_ms and text[-1:] in CLAUSE_MARKS:
        return silence_ms * 2 // 3
    if not words:
        wanted = 1.0
    elif words <= 2:
        wanted = 1.8
    elif words <= 3 or not ends_sentence(text):
        wanted = 1.5
    else:
        wanted = 1.0
    return round(max(wanted * silence_ms, min(1.3 * breath_ms, 2.5 * silence_ms)))
