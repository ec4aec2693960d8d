"""Which languages work from the microphone to the ear: recognised, translated and spoken."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from schemas.languages import ANY


class Able(Protocol):
    """A recogniser or synthesizer, as far as it matters here."""

    languages: frozenset[str]


class AbleToTranslate(Protocol):
    """A translator, as far as it matters here."""

    def targets(self, source: str) -> frozenset[str]: ...


def reached(
    recognisers: Sequence[Able], translators: Sequence[AbleToTranslate], synthesizers: Sequence[Able]
) -> Iterator[str]:
    """One line for each spoken language: what it can be read in, and what of that also heard.

    One for all that are only written down as they are spoken.
    """
    spoken = frozenset(tag for synthesizer in synthesizers for tag in synthesizer.languages)
    alone = []
    for floor in sorted({tag for recogniser in recognisers for tag in recogniser.languages}):
        base = floor.split("-")[0]
        targets = frozenset(tag for translator in translators for tag in translator.targets(base))
        if targets:
            yield f"from {_named([floor])}: {_named(sorted(targets))}{_silent(targets, spoken)}"
        else:
            alone.append(floor)
    if alone:
        yield f"from {_named(alone)}: no translation"


def _silent(targets: frozenset[str], spoken: frozenset[str]) -> str:
    silent = [] if ANY in spoken else sorted(targets - spoken)
    if len(silent) == len(targets):
        return ", as text only"
    return f", all spoken but {_named(silent)}" if silent else ", all spoken"


def _named(tags: Sequence[str]) -> str:
    return "every language" if ANY in tags else " ".join(tags)
