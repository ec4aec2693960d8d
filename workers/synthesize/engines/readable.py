"""What of a text is read aloud, by voices that would read emoji by name and letters of other scripts one by one."""

import re
import unicodedata
from typing import Final

_SAME: Final = str.maketrans(
    {
        "«": "“",
        "»": "”",
        "\u2013": "—",
        "¿": " ",
        "¡": " ",
        "।": ".",
        "。": ".",
        "、": ",",
        "\u2019": "'",
        "[": "(",
        "]": ")",
    }
)
_ELISION: Final = re.compile(r"\b([dDlLjJmMnNsStTcC]|[qQ]u)'(?=\w+')")
"""espeak-ng reads `d'aujourd'hui` in English; with a space it does not."""
_SPEAKABLE: Final = ("L", "N", "Sc", "Sm")
_DROPPED: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk")
"""Categories of Unicode; emoji are among them: espeak-ng reads them by name."""
_KEPT: Final = "°№%&@#"
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f]")
"""Tell whether a sign is shown as an emoji."""

_SCRIPTS: Final = {
    "ar": "ARABIC",
    "bg": "CYRILLIC",
    "el": "GREEK",
    "fa": "ARABIC",
    "hi": "DEVANAGARI",
    "ka": "GEORGIAN",
    "kk": "CYRILLIC",
    "ml": "MALAYALAM",
    "ne": "DEVANAGARI",
    "ru": "CYRILLIC",
    "sr": "CYRILLIC",
    "te": "TELUGU",
    "uk": "CYRILLIC",
    "ur": "ARABIC",
    "zh": "CJK",
}
"""First word of the Unicode names of a language's letters; of all others it is LATIN."""


def readable(text: str, language: str) -> str:
    """One line without what must not be read aloud; empty if nothing of it can be said in the language."""
    scripts = ("LATIN", _SCRIPTS.get(language.split("-")[0], "LATIN"))
    kept = (
        letter if letter in _KEPT or unicodedata.category(letter) not in _DROPPED else " "
        for letter in _SELECTORS.sub("", text).translate(_SAME)
    )
    line = _ELISION.sub(r"\1 ", " ".join("".join(kept).split()))
    letters = [letter for letter in line if unicodedata.category(letter)[0] == "L"]
    if letters and not any(unicodedata.name(letter, "").startswith(scripts) for letter in letters):
        return ""
    return line if any(unicodedata.category(letter).startswith(_SPEAKABLE) for letter in line) else ""
