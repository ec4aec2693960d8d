"""The one table of routes: which pairs lead from a language to another, how well that reads, and what holds the pairs.

Decided by reading them side by side (docs/engines.md): `python -m tests.bench.routes` prints what was read.
"""

from typing import Final

APERTIUM: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("en", "es"): ("eng-spa",),
    ("en", "ca"): ("eng-cat",),
    ("en", "gl"): ("en-gl",),
    ("en", "eo"): ("en-eo",),
    ("en", "fr"): ("eng-spa", "es-fr"),
    ("en", "pt"): ("eng-spa", "es-pt"),
    ("en", "it"): ("eng-spa", "spa-ita"),
    ("pt", "es"): ("pt-es",),
    ("pt", "gl"): ("pt-gl",),
    ("pt", "ca"): ("pt-es", "spa-cat"),
    ("es", "en"): ("spa-eng",),
    ("es", "pt"): ("es-pt",),
    ("es", "gl"): ("es-gl",),
    ("es", "ca"): ("spa-cat",),
    ("gl", "en"): ("gl-en",),
    ("gl", "pt"): ("gl-pt",),
    ("gl", "es"): ("gl-es",),
    ("gl", "ca"): ("gl-es", "spa-cat"),
    ("ca", "en"): ("cat-eng",),
    ("ca", "es"): ("cat-spa",),
    ("ca", "pt"): ("cat-spa", "es-pt"),
    ("ca", "gl"): ("cat-spa", "es-gl"),
}
"""Modes by source and target, in the order in which a text goes through them."""

GOOD: Final = frozenset(
    {("pt", "es"), ("pt", "gl"), ("es", "pt"), ("es", "gl"), ("es", "ca"), ("gl", "es"), ("ca", "es")}
)
"""Routes of apertium that read well: close relatives in one step. All others are rough."""

PIVOT: Final = "pt"
RELATIVES: Final = frozenset({"es", "gl", "ca"})
"""Languages that are translated from and to others by way of the pivot: a model as far as there, then apertium."""

ROUGH_RELATIVES: Final = frozenset({("en", "ca"), ("gl", "en"), ("ca", "en")})
"""Of these routes those that do not read well."""

ROUGH_THROUGH_ENGLISH: Final = frozenset({("zh", "es"), ("zh", "gl")})
"""Routes by way of English that do not read well though each half of them does: by Portuguese they take three steps."""

_PACKAGE_OF_MODE: Final[dict[str, str]] = {
    "eng-spa": "apertium-eng-spa",
    "spa-eng": "apertium-eng-spa",
    "eng-cat": "apertium-eng-cat",
    "cat-eng": "apertium-eng-cat",
    "en-gl": "apertium-en-gl",
    "gl-en": "apertium-en-gl",
    "en-eo": "apertium-eo-en",
    "es-fr": "apertium-fr-es",
    "es-pt": "apertium-es-pt",
    "pt-es": "apertium-es-pt",
    "spa-ita": "apertium-spa-ita",
    "pt-gl": "apertium-pt-gl",
    "gl-pt": "apertium-pt-gl",
    "es-gl": "apertium-es-gl",
    "gl-es": "apertium-es-gl",
    "spa-cat": "apertium-spa-cat",
    "cat-spa": "apertium-spa-cat",
}

PACKAGES: Final[dict[str, str]] = {
    target: _PACKAGE_OF_MODE[modes[-1]] for (source, target), modes in APERTIUM.items() if source == "en"
}
"""apt package of the last hop from English to each language; it depends on apertium itself."""


def package_of(mode: str) -> str:
    """The apt package that holds a mode of the table."""
    return _PACKAGE_OF_MODE[mode]


def packages() -> tuple[str, ...]:
    """Every apt package that all languages together need, in alphabetical order."""
    return tuple(sorted(set(_PACKAGE_OF_MODE.values())))
