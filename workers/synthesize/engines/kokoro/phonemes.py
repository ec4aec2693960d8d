"""How a text becomes the numbers that Kokoro reads: phonemes by espeak-ng, in the notation that it was trained on."""
# ruff: noqa: RUF001  # phonemes look like other letters

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

MOST_TOKENS: Final = 508
"""Of a text; what is beyond is not read."""
AT_ONCE: Final = 220
"""Of one reading: beyond, it takes more memory than a process has. A clause has 60 to 150, a long number any."""

_MARKS: Final = ';:,.!?—…"()“”'
"""Kokoro's tokens for marks make the pauses and the melody."""
_PIECE: Final = re.compile(rf"(?<!\d)([{re.escape(_MARKS)}])|([{re.escape(_MARKS)}])(?!\d)")
"""A mark that is not between digits."""
_SWITCH: Final = re.compile(r"\([^()]*\)")
"""espeak-ng marks a switch of language, `(^e^n)…(^f^r)`."""
_LIGATURES: Final = {
    "d^z": "ʣ",
    "d^ʒ": "ʤ",
    "t^s": "ʦ",
    "t^ʃ": "ʧ",
    "a^ɪ": "I",
    "a^ʊ": "W",
    "e^ɪ": "A",
    "o^ʊ": "O",
    "ə^ʊ": "Q",
    "ɔ^ɪ": "Y",
}
_NASAL: Final = str.maketrans({letter: unicodedata.normalize("NFD", letter) for letter in "ãõĩũẽ"})
"""The tilde is a token of its own."""


def tokens(text: str, ipa_of: Callable[[str], str], vocabulary: Mapping[str, int]) -> list[int]:
    """The numbers of a readable text. `ipa_of` writes a piece without marks in IPA, ties as `^`."""
    written = "".join(
        piece if piece in _MARKS else f" {phonemes(ipa_of(piece))} "
        for piece in (part for part in _PIECE.split(text) if part and part.strip())
    )
    tidy = re.sub(r"\s+(?=[;:,.!?…)”])", "", " ".join(written.split()))
    return [vocabulary[letter] for letter in tidy if letter in vocabulary][:MOST_TOKENS]


def readings(numbers: Sequence[int], space: int) -> list[list[int]]:
    """The same numbers in pieces that can be read at once, cut at a space where there is one."""
    found, rest = [], list(numbers)
    while len(rest) > AT_ONCE:
        gaps = [place for place in range(1, AT_ONCE) if rest[place] == space]
        cut = gaps[-1] if gaps else AT_ONCE
        found.append(rest[:cut])
        rest = rest[cut:]
    return [*found, rest] if rest else found


def phonemes(ipa: str) -> str:
    """What espeak-ng wrote, as Kokoro knows it."""
    said = _SWITCH.sub("", " ".join(ipa.split()))
    for tied, ligature in _LIGATURES.items():
        said = said.replace(tied, ligature)
    return said.replace("^", "").replace("-", "").translate(_NASAL)
