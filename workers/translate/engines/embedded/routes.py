"""Which pairs of apertium lead from English to a language, and which Debian packages hold them."""

from typing import Final

SOURCE: Final = "en"

ROUTES: Final[dict[str, tuple[str, ...]]] = {
    "es": ("eng-spa",),
    "ca": ("eng-cat",),
    "gl": ("en-gl",),
    "eo": ("en-eo",),
    "fr": ("eng-spa", "es-fr"),
    "pt": ("eng-spa", "es-pt"),
    "pt-BR": ("eng-spa", "es-pt_BR"),
    "it": ("eng-spa", "spa-ita"),
}
"""Modes by target language, in the order in which a text goes through them. Spanish is the pivot of the later ones."""

_PACKAGE_OF_MODE: Final[dict[str, str]] = {
    "eng-spa": "apertium-eng-spa",
    "eng-cat": "apertium-eng-cat",
    "en-gl": "apertium-en-gl",
    "en-eo": "apertium-eo-en",
    "es-fr": "apertium-fr-es",
    "es-pt": "apertium-es-pt",
    "es-pt_BR": "apertium-es-pt",
    "spa-ita": "apertium-spa-ita",
}

PACKAGES: Final[dict[str, str]] = {target: _PACKAGE_OF_MODE[modes[-1]] for target, modes in ROUTES.items()}
"""apt package of each target language's last hop; it depends on apertium itself."""


def package_of(mode: str) -> str:
    """The apt package that holds a mode of ROUTES."""
    return _PACKAGE_OF_MODE[mode]


def packages() -> tuple[str, ...]:
    """Every apt package that all languages together need, in alphabetical order."""
    return tuple(sorted(set(_PACKAGE_OF_MODE.values())))
