"""Finals for tests."""

from dragoman.transcripts.said import Finals, Said
from schemas.messages import Session, Transcript, Translation

SECOND = 16_000

SESSION = Session(
    session_id="calm-otter-123-0a1b2c3d",
    code="calm-otter-123",
    source_language="en",
    partition=0,
    created_at=1_000,
    updated_at=2_000,
    title="Of otters & men",
)


def transcript(segment: int, text: str, *, seconds: float = 2, revision: int = 1, **members: object) -> Transcript:
    """A final that begins at a sample, with words in all of it."""
    until = segment + round(seconds * SECOND)
    fields = {"until": until, "start": segment, "end": until, "spoken_at": 0, "final": True, "language": "en"}
    return Transcript(segment=segment, text=text, revision=revision, engine="", **(fields | members))  # type: ignore[arg-type]  # as given


def translation(segment: int, text: str, **members: object) -> Translation:
    """The same in Spanish."""
    fields = {"until": segment + 2 * SECOND, "start": segment, "end": segment + 2 * SECOND, "revision": 1}
    fields |= {
        "spoken_at": 0,
        "final": True,
        "language": "es",
        "engine": "",
        "source_text": "said",
        "source_language": "en",
    }
    return Translation(segment=segment, text=text, **(fields | members))  # type: ignore[arg-type]  # as given


def said_of(*messages: Transcript | Translation, language: str = "en") -> list[Said]:
    """What a session's records say."""
    finals = Finals()
    for message in messages:
        finals.take(message)
    return finals.said(language)
