"""What a listener was told is missing. Pure, as the checker is."""

from collections.abc import Iterator

from schemas.channels import Product
from tests.chaos.notes import Final, Gap, Heard, Sent, Spoken

Span = tuple[int, int]
"""Positions: from, and up to."""


def announced(heard: Heard, sent: Sent, product: Product) -> Iterator[Span]:
    """Spans of which the listener was told that they are missing: between what it was given around the notice.

    A notice is about what others were given before it, so it excuses nothing that was not even sent when it came.
    """
    given, reached, told = Final if product == "captions" else Spoken, 0, 0
    for note in heard.notes:
        if isinstance(note, Gap) and note.product == product:
            told = sent.reached(note.at)
        elif isinstance(note, given):
            if told:
                yield reached, min(told, note.segment)
            told = 0
            # Of speech the last segment counts as missing until its last part has come.
            reached = max(reached, note.until if isinstance(note, Final) else note.segment)
    if told:
        yield reached, told


def within(span: Span, told: list[Span]) -> bool:
    return any(begin <= span[0] and span[1] <= until for begin, until in told)
