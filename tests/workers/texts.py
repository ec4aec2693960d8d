"""Texts and listeners for the tests of the later stages."""

from collections.abc import Sequence
from typing import Any

from schemas.messages import End, Transcript, Translation
from workers.audience import SessionDemand

SPOKEN_AT = 1_000_000


class Room:
    """An audience that the test changes."""

    def __init__(self, **asked: Any) -> None:
        self.listening = SessionDemand(**asked)
        self.looks = 0

    def now_is(self, **asked: Any) -> None:
        """What is asked for from here on."""
        self.listening = SessionDemand(**asked)

    async def of(self, session_id: str) -> SessionDemand:
        self.looks += 1
        return self.listening

    async def of_each(self, session_ids: Sequence[str]) -> list[SessionDemand]:
        self.looks += 1
        return [self.listening for _ in session_ids]


def tags(*languages: str) -> frozenset[str]:
    """A set of languages."""
    return frozenset(languages)


def transcript(segment: int, text: str = "hello", *, final: bool = True, **changed: Any) -> Transcript:
    """A second of English."""
    fields: dict[str, Any] = {
        "until": segment + 16_000,
        "start": segment,
        "end": segment + 15_000,
        "spoken_at": SPOKEN_AT,
        "revision": 16_000,
        "language": "en",
        "engine": "scripted",
        "ingested_at": SPOKEN_AT + 10,
        "transcribed_at": SPOKEN_AT + 500,
    }
    return Transcript(segment=segment, text=text, final=final, **fields | changed)


def translation(segment: int, text: str = "hola", *, final: bool = True, **changed: Any) -> Translation:
    """A second in Spanish."""
    fields: dict[str, Any] = {
        "until": segment + 16_000,
        "start": segment,
        "end": segment + 15_000,
        "spoken_at": SPOKEN_AT,
        "revision": 16_000,
        "language": "es",
        "engine": "scripted",
        "source_text": "hello",
        "source_language": "en",
        "ingested_at": SPOKEN_AT + 10,
        "transcribed_at": SPOKEN_AT + 500,
        "translated_at": SPOKEN_AT + 600,
    }
    return Translation(segment=segment, text=text, final=final, **fields | changed)


def end(position: int, language: str = "en") -> End:
    """The end of a session, or of one language of it."""
    return End(position=position, language=language, ended_at=SPOKEN_AT)
