"""Word error rate and percentiles."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

_ONES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = ("ten", "eleven", "twelve", *(f"{part}teen" for part in ("thir", "four", "fif", "six", "seven")))
_UP_TO_19: Final = (*_ONES, *_TEENS, "eighteen", "nineteen")
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SAME: Final = {"oh": "zero", "mr": "mister", "mrs": "missus", "dr": "doctor", "metres": "meters"}
"""Spellings of what is said the same."""


def words(text: str, language: str = "en") -> list[str]:
    """Lower case, without punctuation; an apostrophe inside a word and a sign on its letter stay.

    In English numbers are as they are said, up to 99 as a number, longer ones digit by digit: `5` is `five`, `90210` is
    `nine zero two one zero`.
    """
    plain = unicodedata.normalize("NFC", text.lower().replace("\u2019", "'"))
    signs = "".join({sign for sign in plain if unicodedata.category(sign) in ("Mn", "Mc")})
    letter = f"(?:[^\\W_]|[{signs}])" if signs else "[^\\W_]"
    if language.split("-")[0].lower() != "en":
        return re.findall(f"{letter}+(?:'{letter}+)*", plain)
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    return [said for word in re.findall(f"{letter}+(?:'{letter}+)*", plain) for said in _said(word)]


def _said(word: str) -> Iterator[str]:
    if not (word.isascii() and word.isdigit()):
        yield _SAME.get(word, word)
    elif len(word) > 2 or (len(word) == 2 and word[0] == "0"):
        yield from (_UP_TO_19[int(digit)] for digit in word)
    elif int(word) < 20:
        yield _UP_TO_19[int(word)]
    else:
        yield _TENS[int(word[0]) - 2]
        if word[1] != "0":
            yield _UP_TO_19[int(word[1])]


def errors(reference: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of words to insert, delete or replace (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for count, wanted in enumerate(reference, 1):
        diagonal, row[0] = row[0], count
        for column, word in enumerate(heard, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (word != wanted))
    return row[-1]


def percentile(numbers: Sequence[float], share: float) -> float | None:
    """Linear between the two nearest ranks; None of nothing."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    rank = share * (len(ordered) - 1)
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)
