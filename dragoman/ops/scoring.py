"""Word error rate and percentiles."""

import re
from collections.abc import Sequence


def words(text: str) -> list[str]:
    """Lower case, without punctuation; an apostrophe inside a word stays."""
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("\u2019", "'"))


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
