"""Which holes of a listener's captions must be filled, and which of them are not. Pure, as the checker is."""

import re
from collections.abc import Iterable, Sequence

from tests.chaos.notes import Fill, Final, Heard
from workers.transcribe.engines.scripted import SECOND_CLAUSE

OWED = frozenset({"no-audience", "jump", "replaced"})
"""Reasons of holes that do not stay: the words are in the log, and somebody asks for them."""
SPAN = re.compile(rf"^(\d+) to (\d+)(?:{SECOND_CLAUSE})?$")
"""What the scripted recogniser says: the samples that it heard."""


def unfilled(heard: Heard) -> list[Final]:
    """Holes that nothing has come for, or not all of it."""
    holes = [note for note in heard.notes if isinstance(note, Final) and note.reason in OWED]
    newest = newest_of(heard.fills)
    late = [final for final in overtaken(heard) if final.reason in OWED]
    return [hole for hole in holes if not _filled(hole, newest, exact=heard.exact)] + late


def overtaken(heard: Heard) -> list[Final]:
    """What came late in a place of its own, and not in that of a hole: where the speaker changes the language."""
    if not heard.changing:
        return []
    on_time = [note for note in heard.notes if isinstance(note, Final)]
    late = [fill for fill in newest_of(heard.fills) if not any(_inside(fill, final) for final in on_time)]
    return [Final(each.segment, each.until, each.text, each.outcome, each.at, each.reason) for each in late]


def newest_of(fills: Iterable[Fill]) -> list[Fill]:
    """Of each segment the highest revision, by segment."""
    newest: dict[int, Fill] = {}
    for fill in sorted(fills, key=lambda fill: fill.revision):
        newest[fill.segment] = fill
    return sorted(newest.values(), key=lambda fill: fill.segment)


def until_of(fill: Fill) -> int | None:
    """Up to where its words go, as they say themselves; None where they do not."""
    span = SPAN.match(fill.text)
    return int(span[2]) if span else None


def _filled(hole: Final, newest: Sequence[Fill], *, exact: bool) -> bool:
    """Words, or a reason that may stay, from one end to the other."""
    inside = [fill for fill in newest if _inside(fill, hole)]
    if not inside or inside[0].segment != hole.segment or any(fill.reason in OWED for fill in inside):
        return False
    if not exact:
        return True  # how far a fill goes is not said
    starts = [fill.segment for fill in inside[1:]]
    ends = [until_of(fill) for fill in inside]
    return all(end in (None, start) for end, start in zip(ends, [*starts, hole.until], strict=True))


def _inside(fill: Fill, final: Final) -> bool:
    return final.segment <= fill.segment < final.until
