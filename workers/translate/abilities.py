"""What the engines of a process can do together, and which models would help."""

from collections.abc import Sequence

from workers.translate.engine import Translator
from workers.translate.engines.pairs import PairsTranslator
from workers.translate.lacking import Lacking, lacking

Targets = dict[str, list[str]]
"""Source to targets."""
Engines = dict[str, dict[str, str]]
"""By source and target the name of the engine that is asked first."""


def abilities(translators: Sequence[Translator]) -> tuple[Targets, Targets, Engines]:
    """All targets of each source, those of them that no engine does better than roughly, and who is asked first."""
    languages, rough, engines = {}, {}, {}
    for source in sorted({source for translator in translators for source in translator.sources}):
        targets = frozenset(tag for each in translators for tag in each.targets(source))
        good = frozenset(tag for each in translators for tag in each.targets(source) - each.rough(source))
        languages[source], rough[source] = sorted(targets), sorted(targets - good)
        engines[source] = {tag: each.name for each in reversed(translators) for tag in sorted(each.targets(source))}
    return languages, {source: targets for source, targets in rough.items() if targets}, engines


def told(asked: Sequence[Translator], working: Sequence[Translator]) -> tuple[Targets, Targets, Engines, Lacking]:
    """What the gateways are told: the abilities of those that work, and what those that were `asked` for lack."""
    languages, rough, engines = abilities(working)
    growing = [each for each in asked if isinstance(each, PairsTranslator)]
    there = {pair for each in growing for pair in each.pairs}
    absent = {pair: name for each in growing for pair, name in each.absent.items()}
    found, roughly = lacking(languages, rough, there, absent)
    together = {source: [*rough.get(source, ()), *roughly.get(source, ())] for source in {*rough, *roughly}}
    return languages, {source: sorted(set(together[source])) for source in sorted(together)}, engines, found
