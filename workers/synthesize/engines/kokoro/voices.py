"""The voices of Kokoro, by language: its own names tell the language and the sex."""

from collections.abc import Iterable, Mapping
from typing import Final

from workers.synthesize.engine import Voice, only

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

GAIN_DB: Final = {
    "af_bella": 1.9,
    "af_heart": 3.0,
    "am_fenrir": -0.4,
    "am_michael": 3.3,
    "ff_siwis": 0.3,
    "hf_alpha": -4.4,
    "hf_beta": -2.2,
    "hm_omega": -3.5,
    "hm_psi": -2.3,
    "if_sara": -5.2,
    "im_nicola": 0.1,
}
"""Makes a voice as loud as those of the other engines: -18.5 dBFS where it speaks."""
USUAL_GAIN_DB: Final = 3.7
"""Of all others."""


def voices_by_language(names: Iterable[str], pinned: Mapping[str, str] = {}) -> dict[str, tuple[Voice, ...]]:
    """The voices of each language that has one, from the names of those that are there; the one to take comes first,
    then the one to take of the other sex. `pinned`: the one voice of a language."""
    ranked = sorted(names, key=lambda name: (name not in _BEST, name))
    found = {
        language: tuple(
            Voice(name, "female" if name[1:2] == "f" else "male") for name in ranked if name.startswith(letter)
        )
        for language, (letter, _) in LANGUAGES.items()
    }
    return {language: only(voices, pinned.get(language)) for language, voices in found.items() if voices}
