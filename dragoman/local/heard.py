"""Which voice speaks each language on this machine, and why."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.synthesize.choice import Choice
    from workers.synthesize.engine import Synthesizer


def heard(synthesizers: "Sequence[Synthesizer]", choice: "Choice") -> Iterator[str]:
    """One line for each language that begins now, without regions; and one for all that only rough voices speak."""
    from workers.synthesize.choice import BECAUSE

    rough: dict[str, int] = {}
    for language in sorted({tag for each in synthesizers for tag in each.languages if "-" not in tag}):
        best = choice.best(language)
        assert best
        engine, reason = best
        if engine.rough:
            rough[engine.name] = rough.get(engine.name, 0) + 1
            continue
        names = ", ".join(voice.name for voice in engine.voices.get(language, ()))
        cost = f"; {engine.cost:.2f} s of a core for a second" if engine.cost else ""
        yield f"voice of {language}: {engine.name}{f' ({names})' if names else ''}, {BECAUSE[reason]}{cost}"
    for name, count in rough.items():
        yield f"voice of {count} other languages: {name}, like a robot"
