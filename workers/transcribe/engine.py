"""What transcribe asks of a recogniser."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from schemas.messages import Word


@dataclass(frozen=True)
class Hypothesis:
    """What was heard of the utterance that is open now."""

    text: str
    """Cased and, if final, punctuated."""
    start: int
    """Position of the first word's first sample."""
    end: int
    """Position after the last word's last sample."""
    until: int
    """Position up to which the audio was heard."""
    final: bool
    """The utterance is over; `until` is where the next may begin."""
    stable_chars: int = 0
    """Leading code points of `text` that are not expected to change."""
    words: tuple[Word, ...] = ()
    """With positions in the session."""
    language: str = ""
    """BCP-47 tag of what was spoken, if the engine was to find out."""
    certain: bool = False
    """That language holds for what follows, too."""
    heard_language: str = ""
    """On finals, BCP-47 tag of the language that the words were taken for, if the engine looked; empty: it did not."""


@dataclass(frozen=True)
class Quiet:
    """Nothing below `until` is or will be part of an utterance that is not yet final."""

    until: int
    """A position."""


class Recognition(Protocol):
    """One session's stream. After an EngineError it is of no more use."""

    async def feed(self, position: int, pcm: bytes) -> None:
        """Takes s16le 16 kHz mono PCM whose first sample is `position`; a jump in position finishes the utterance.

        Waits only while the engine is far behind.
        """

    async def finish(self) -> None:
        """Ends the open utterance, if any: its final comes, then `Quiet(end of what was fed)`."""

    def results(self) -> AsyncIterator[Hypothesis | Quiet]:
        """What is heard, in order, until `close`. Raises EngineError."""

    async def close(self) -> None:
        """Frees the engine; results end."""


class Recogniser(Protocol):
    """An engine, once per process."""

    name: str
    languages: frozenset[str]
    """BCP-47 tags that it understands; `auto` among them: it can find out what is spoken."""

    @property
    def capacity(self) -> tuple[int, int] | None:
        """Sessions that it hears now, and that it can hear; None: as many as come."""

    async def start(self) -> None:
        """Proves with one probe that it works. Raises EngineUnavailable."""

    async def open(self, session_id: str, language: str, vocabulary: tuple[str, ...]) -> Recognition:
        """A stream for a session; of `auto` the language is to be found out. Raises AtCapacity, EngineError."""

    async def close(self) -> None:
        """Ends everything that it started."""
