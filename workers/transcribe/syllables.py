"""How fast a text is spoken, compared with what is usual in its language. Syllables are told from the letters."""

import re
import unicodedata
from typing import Final

_USUAL: Final = {"en": 4.5, "de": 4.3, "fr": 5.2, "it": 5.1, "es": 5.7, "ja": 5.7, "zh": 3.8}
"""Syllables a second of somebody who reads aloud. English: recordings, counted as below; the others stand to it as in
Pellegrino, Coupé and Marsico, A cross-language perspective on speech information rate (Language 87, 2011)."""
_USUAL_ELSE: Final = 5.0
_FEWEST: Final = 6
"""Of fewer syllables nothing is told."""
_SHORTEST_S: Final = 1.0
_PLAUSIBLE: Final = (0.4, 2.5)
"""What is slower or faster is no speech of this text."""

_VOWELS: Final = re.compile(r"[aeiouyæœøıаеёиоуыэюяіїєαεηιουω]+")  # noqa: RUF001  # Cyrillic and Greek, too
_ALONE: Final = re.compile(r"[0-9\u3041-\u3082\u3088-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""Digits, kana, Chinese characters and Korean blocks: about a syllable each."""


def syllables(text: str) -> int:
    """Groups of vowels, and what is a syllable by itself; 0 in scripts that do not show them."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return len(_VOWELS.findall(letters)) + len(_ALONE.findall(unicodedata.normalize("NFC", text)))


def rate_of(text: str, language: str, seconds: float) -> float:
    """Syllables a second of a text that was spoken in `seconds`, relative to the usual; 0: that cannot be told."""
    count = syllables(text)
    if count < _FEWEST or seconds < _SHORTEST_S:
        return 0.0
    rate = count / seconds / _USUAL.get(language.split("-")[0], _USUAL_ELSE)
    return rate if _PLAUSIBLE[0] <= rate <= _PLAUSIBLE[1] else 0.0
