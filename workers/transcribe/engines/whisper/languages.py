"""The languages that Whisper's multilingual models know, and its own names for them."""

from typing import Final

from schemas.languages import AUTO, LanguageTagError, lookup

LIGHT: Final = "tiny.en"
"""The model that hears English where a process has much to hear already."""
_OWN_NAMES: Final = {"fil": "tl", "jv": "jw", "nb": "no"}
_CODES: Final = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fil fo fr gl gu ha haw he hi hr ht hu hy "
    "id is it ja jv ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my nb ne nl nn no oc pa pl ps pt ro ru sa "
    "sd si sk sl sn so sq sr su sv sw ta te tg th tk tr tt uk ur uz vi yi yo zh"
)
MULTILINGUAL: Final = frozenset(_CODES.split())
ENGLISH: Final = frozenset({"en"})
_TAGS: Final = {own: tag for tag, own in _OWN_NAMES.items() if own != "no"}
_TAKEN_FOR: Final = {
    "gl": "es pt", "oc": "ca es fr", "br": "fr cy", "ht": "fr", "nn": "no da sv", "no": "nn da sv", "da": "no nn sv",
    "fo": "is da no", "bs": "hr sr sl mk", "hr": "bs sr sl", "sr": "bs hr mk", "mk": "bg sr", "sk": "cs", "be": "ru uk",
    "id": "ms jw su", "ms": "id jw su", "jw": "id ms su", "su": "id jw ms", "hi": "ur", "ur": "hi pa", "sa": "hi ne mr",
    "af": "nl", "lb": "de nl fr", "yi": "de", "haw": "mi", "as": "bn", "tt": "ba kk", "ba": "tt kk", "tk": "tr az uz",
}  # fmt: skip
"""Languages (Whisper's names) that the model does not tell well from others: what it may take them for."""
UNSPACED: Final = frozenset({"bo", "ja", "km", "lo", "my", "th", "zh"})
"""Whisper's names of languages that are written without spaces between words."""


def of_model(model: str) -> frozenset[str]:
    """BCP-47 tags that a model (`base`, `tiny.en`) understands; all distilled ones know English only."""
    return ENGLISH if model.endswith(".en") or model.startswith("distil-") else MULTILINGUAL


def understood(model: str) -> frozenset[str]:
    """The same, and `auto` if it can tell them apart."""
    known = of_model(model)
    return known | {AUTO} if known != ENGLISH else known


def tag_of(own: str) -> str:
    """BCP-47 tag of Whisper's name of a language."""
    return _TAGS.get(own, own)


def alike(spoken: str, heard: str) -> bool:
    """Speech in one language may well be taken for the other; both in Whisper's names."""
    return heard in _TAKEN_FOR.get(spoken, "").split()


def whispers(language: str, known: frozenset[str]) -> str:
    """Whisper's name of a language: `pt-BR` is `pt`; empty: it is not known."""
    try:
        found = lookup(language, known) or ""
    except LanguageTagError:
        return ""
    return _OWN_NAMES.get(found, found)
