"""What the finals of a driven stage account for."""

from schemas.messages import Transcript
from tests.workers.driving import Driven


def finals(driven: Driven) -> list[Transcript]:
    """In the order in which they were emitted."""
    return [transcript for transcript in driven.emitted(Transcript) if transcript.final]


def spans(driven: Driven) -> list[tuple[int, int]]:
    """Where each final begins and ends."""
    return [(final.segment, final.until) for final in finals(driven)]
