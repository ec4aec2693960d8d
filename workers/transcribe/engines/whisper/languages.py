"""The languages that Whisper's multilingual models know, and its own names for them."""

from typing import Final

from schemas.languages import LanguageTagError, lookup

LIGHT: Final = "tiny.en"
"""The model that hears English where a process has much to hear already."""
AUTO: Final = "auto"
"""Instead of a language: find out."""
_OWN_NAMES: Final = {"fil": "tl", "jv": "jw", "nb": "no"}
_CODES: Final = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fil fo fr gl gu ha haw he hi hr ht hu hy "
    "id is it ja jv ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my nb ne nl nn no oc pa pl ps pt ro ru sa "
    "sd si sk sl sn so sq sr su sv sw ta te tg th tk tr tt uk ur uz vi yi yo zh"
)
MULTILINGUAL: Final = frozenset(_CODES.split())
ENGLISH: Final = frozenset({"en"})
UNSPACED: Final = frozenset({"bo", "ja", "km", "lo", "my", "th", "zh"})
"""Whisper's names of languages that are written without spaces between words."""


def of_model(model: str) -> frozenset[str]:
    """BCP-47 tags that a model (`base`, `tiny.en`) understands; all distilled ones know English only."""
    return ENGLISH if model.endswith(".en") or model.startswith("distil-") else MULTILINGUAL


def whispers(language: str, known: frozenset[str]) -> str:
    """Whisper's name of a language: `pt-BR` is `pt`; empty: it is not known."""
    try:
        found = lookup(language, known) or ""
    except LanguageTagError:
        return ""
    return _OWN_NAMES.get(found, found)
