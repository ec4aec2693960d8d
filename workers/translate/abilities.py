"""What the engines of a process can do together."""

from collections.abc import Sequence

from workers.translate.engine import Translator

Targets = dict[str, list[str]]
"""Source to targets."""


def abilities(translators: Sequence[Translator]) -> tuple[Targets, Targets, dict[str, dict[str, str]]]:
    """All targets of each source, those of them that no engine does better than roughly, and who is asked first."""
    languages, rough, engines = {}, {}, {}
    for source in sorted({source for translator in translators for source in translator.sources}):
        targets = frozenset(tag for each in translators for tag in each.targets(source))
        good = frozenset(tag for each in translators for tag in each.targets(source) - each.rough(source))
        languages[source], rough[source] = sorted(targets), sorted(targets - good)
        engines[source] = {tag: each.name for each in reversed(translators) for tag in sorted(each.targets(source))}
    return languages, {source: targets for source, targets in rough.items() if targets}, engines
