"""What a stage of today makes otherwise than it was made then. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from schemas.messages import Message, Segment, Speech

ABOUT: Final = 0.05
"""Of its length by so much speech may differ."""
Place = tuple[int, str, int]
"""Segment, language, and of speech the part."""


@dataclass(frozen=True)
class Changed:
    """One segment in one language."""

    segment: int
    language: str
    before: str
    """What it was; empty: there was none."""
    after: str
    """What it is today; empty: there is none."""


def changes(before: Iterable[Message], after: Iterable[Message]) -> list[Changed]:
    """Of finals; what came long after its words is no part of the comparison. In the order of the talk."""
    then, now = finals_by_place(before), finals_by_place(after)
    return [
        Changed(place[0], place[1], _made(then.get(place)), _made(now.get(place)))
        for place in sorted(then.keys() | now.keys())
        if not _same(then.get(place), now.get(place))
    ]


def finals_by_place(messages: Iterable[Message]) -> dict[Place, Segment]:
    """Those that are compared."""
    found: dict[Place, Segment] = {}
    for message in messages:
        if isinstance(message, Segment) and message.final and not getattr(message, "revised", False):
            part = message.part if isinstance(message, Speech) else 0
            found[message.segment, message.language, part] = message
    return found


def _same(one: Segment | None, other: Segment | None) -> bool:
    """Speech is the same as long as it is as long: how fast it is goes by how late it was then."""
    if isinstance(one, Speech) and isinstance(other, Speech) and one.outcome == other.outcome == "ok":
        longer, shorter = max(one.duration_ms, other.duration_ms), min(one.duration_ms, other.duration_ms)
        return one.format == other.format and longer - shorter <= ABOUT * longer
    return _made(one) == _made(other)


def _made(final: Segment | None) -> str:
    """In words: its text, or how long its speech is, or why there is none."""
    if final is None:
        return ""
    if final.outcome != "ok":
        return f"[{final.outcome}: {final.reason}]"
    if isinstance(final, Speech):
        return f"{final.duration_ms / 1000:.2f} s {final.format}"
    return str(getattr(final, "text", "")) or "(silence)"
