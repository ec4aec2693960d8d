"""Which engine is asked first for a language."""

from collections.abc import Sequence
from typing import Protocol


class Able(Protocol):
    """A recogniser or synthesizer, as far as it matters here."""

    name: str
    languages: frozenset[str]


def asked_first(engines: Sequence[Able]) -> dict[str, str]:
    """Its name by language; `engines` in the order in which they are asked."""
    return {language: engine.name for engine in reversed(engines) for language in sorted(engine.languages)}
