"""Which models would help: what a language lacks that cannot be had, or only roughly."""

from collections.abc import Collection, Mapping
from typing import Final

PIVOT: Final = "en"

Pair = tuple[str, str]
"""Source and target, BCP-47 base tags."""
Lacking = dict[str, dict[str, list[str]]]
"""Names of models by source and target."""


def lacking(
    languages: Mapping[str, Collection[str]],
    rough: Mapping[str, Collection[str]],
    there: Collection[Pair],
    absent: Mapping[Pair, str],
) -> tuple[Lacking, dict[str, list[str]]]:
    """What each target lacks, and which of those would still be rough: by way of English the errors add up.

    `languages` and `rough` as the abilities say them; `there`: pairs that have a model; `absent`: the name of the model
    of each pair that has none.
    """
    found: Lacking = {}
    roughly: dict[str, list[str]] = {}
    known = {tag for pair in (*there, *absent) for tag in pair}
    for source in sorted(known):
        for target in sorted(known - {source}):
            had, well = target in languages.get(source, ()), target not in rough.get(source, ())
            if had and well:
                continue
            needed = _needed((source, target), had, there, absent)
            if needed:
                found.setdefault(source, {})[target] = needed
                if (source, target) not in absent:
                    roughly.setdefault(source, []).append(target)
    return found, roughly


def _needed(pair: Pair, had: bool, there: Collection[Pair], absent: Mapping[Pair, str]) -> list[str]:
    """A pair of its own makes it good; by way of English it is rough, and no help where it is so already."""
    if pair in absent:
        return [absent[pair]]
    hops = ((pair[0], PIVOT), (PIVOT, pair[1]))
    if had or PIVOT in pair or not all(hop in there or hop in absent for hop in hops):
        return []
    return [absent[hop] for hop in hops if hop in absent]
