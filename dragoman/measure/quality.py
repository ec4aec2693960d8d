"""How much of a text is right, beside a reference: word errors, and chrF. Definitions: docs/quality.md."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dragoman.measure.scoring import errors, words

UNSPACED: Final = ("zh", "yue", "wuu", "ja", "th", "lo", "km", "my")
"""Languages that are written without spaces between words: what is counted are characters."""
ORDER: Final = 6
BETA: Final = 2


@dataclass(frozen=True)
class TextScores:
    """Of one text."""

    unit: Literal["words", "characters"]
    reference: int
    """Units of the reference."""
    errors: int
    """Units to insert, delete or replace."""
    chrf: float
    """0 to 100."""

    @property
    def error_rate(self) -> float | None:
        """Errors for a unit of the reference (WER, or CER); None without a reference."""
        return self.errors / self.reference if self.reference else None


def text_scores(reference: str, text: str, language: str) -> TextScores:
    """`language` is that of both."""
    unspaced = language.split("-")[0].lower() in UNSPACED
    wanted, heard = words(reference, language), words(text, language)
    if unspaced:
        wanted, heard = list("".join(wanted)), list("".join(heard))
    return TextScores("characters" if unspaced else "words", len(wanted), errors(wanted, heard), chrf(reference, text))


def chrf(reference: str, text: str) -> float:
    """chrF2 (M. Popović, 2015): n-grams of 1 to 6 characters without spaces, recall twice as important as precision.

    Precision and recall are averaged over the orders that both texts have, as sacreBLEU does.
    """
    wanted, given = "".join(reference.split()), "".join(text.split())
    precision, recall, orders = 0.0, 0.0, 0
    for order in range(1, ORDER + 1):
        of_wanted, of_given = _grams(wanted, order), _grams(given, order)
        if of_wanted and of_given:
            both = (of_wanted & of_given).total()
            precision += both / of_given.total()
            recall += both / of_wanted.total()
            orders += 1
    if not orders or not precision + recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _grams(text: Sequence[str], order: int) -> Counter[Sequence[str]]:
    return Counter(text[at : at + order] for at in range(len(text) - order + 1))
