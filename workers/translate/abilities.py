"""What the engines of a process can do together."""

from collections.abc import Sequence

from workers.translate.engine import Translator

Targets = dict[str, list[str]]
"""Source to targets."""


def abilities(translators: Sequence[Translator]) -> tuple[Targets, Targets]:
    """All targets of each source, and those of them that no engine does better than roughly."""
    languages, rough = {}, {}
    for source in sorted({source for translator in translators for source in translator.sources}):
        targets = frozenset(tag for each in translators for tag in each.targets(source))
        good = frozenset(tag for each in translators for tag in each.targets(source) - each.rough(source))
        languages[source], rough[source] = sorted(targets), sorted(targets - good)
    return languages, {source: targets for source, targets in rough.items() if targets}
