"""The voices of Kokoro, by language: its own names tell the language and the sex."""

from collections.abc import Iterable
from typing import Final

from workers.synthesize.engine import Voice

LANGUAGES: Final = {
    "en": ("a", "en-us"),
    "en-US": ("a", "en-us"),
    "es": ("e", "es"),
    "fr": ("f", "fr-fr"),
    "hi": ("h", "hi"),
    "it": ("i", "it"),
    "pt": ("p", "pt-br"),
    "pt-BR": ("p", "pt-br"),
}
"""For a BCP-47 tag the first letter of its voices' names, and espeak-ng's name of what writes its phonemes."""
_BEST: Final = ("af_heart", "am_michael", "ef_dora", "em_alex", "hf_alpha", "hm_omega", "pf_dora", "pm_alex")
"""Those that are taken where a language has several of a sex."""


def voices_by_language(names: Iterable[str]) -> dict[str, tuple[Voice, ...]]:
    """The voices of each language that has one, from the names of those that are there; the one to take comes first,
    then the one to take of the other sex."""
    ranked = sorted(names, key=lambda name: (name not in _BEST, name))
    found = {
        language: tuple(
            Voice(name, "female" if name[1:2] == "f" else "male") for name in ranked if name.startswith(letter)
        )
        for language, (letter, _) in LANGUAGES.items()
    }
    return {language: voices for language, voices in found.items() if voices}
