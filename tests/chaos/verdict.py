"""What the checker finds out."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["missing", "repeated", "disordered", "untrue", "broken"]
"""`untrue`: a text that is not that of its span. `broken`: a client that gave up, or was not told the end."""


@dataclass(frozen=True)
class Wrong:
    """Something that must not be."""

    kind: Kind
    session: str
    language: str
    segment: int
    detail: str
    at: float
    """When it was spoken, or noticed."""

    def __str__(self) -> str:
        return f"{self.kind:10} {self.session} {self.language} {self.segment}: {self.detail}"


@dataclass(frozen=True)
class Fate:
    """What became of one utterance at one listener."""

    session: str
    language: str
    spoken_at: float
    outcome: Literal["once", "announced", "missing"]
    delay_s: float | None
    """Of the finals that account for it, each from its own last sample on: the longest."""


@dataclass
class Verdict:
    """All that was found out about one session."""

    fates: list[Fate] = field(default_factory=list)
    wrongs: list[Wrong] = field(default_factory=list)
    sent: int = 0
    """Utterances."""
