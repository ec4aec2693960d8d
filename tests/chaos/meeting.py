"""One session, with all who take part in it."""

import time
from dataclasses import dataclass, field

from tests.chaos.door import Door
from tests.chaos.notes import Broke, Final, Heard, Sent


@dataclass
class Meeting:
    """One session: a speaker, listeners of four languages, one of whom only reads, and one who comes late."""

    sent: Sent
    heard: list[Heard] = field(default_factory=list)
    speaker_door: Door | None = None
    listener_doors: list[Door] = field(default_factory=list)
    reader_door: Door | None = None
    """Of the listener who reads by server-sent events; one of these, too."""
    language: str = "en"
    """What is spoken; `auto`: that is to be found out."""
    changing: bool = False
    """Another language is spoken now and then."""
    doing: str = "opening"
    over: bool = False
    muted: bool = False
    time_is_over: bool = False
    """Its speaker ends it before it is long enough."""

    def heard_since(self, at: float) -> bool:
        """Every listener was given a final of something spoken after `at`, or nothing is spoken any more."""
        if self.over or self.doing == "hearing the last words":
            return True
        spoken = next((until for until, sent_at in self.sent.slices if sent_at > at), None)
        return spoken is not None and all(
            any(isinstance(note, Final | Broke) and getattr(note, "until", spoken) >= spoken for note in heard.notes)
            for heard in self.heard
        )

    def troubled(self, error: Exception) -> None:
        """Something ended it that was not its speaker."""
        self.sent.trouble = f"while {self.doing}: {type(error).__name__}: {error}"
        self.sent.trouble_at = time.time()
