"""The Kafka topics, their partitions and retention, and who reads them."""

import zlib
from dataclasses import dataclass

AUDIO = "audio"
TRANSCRIPTS = "transcripts"
TRANSLATIONS = "translations"
SPEECH = "speech"
SESSIONS = "sessions"
DEAD_LETTERS = "dead-letters"
USAGE = "usage"

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class WantedTopic:
    """What `dragoman topics` creates."""

    name: str
    retention_ms: int
    """How long records are kept; -1 with `compacted`."""
    compacted: bool = False
    """Keeps the last record of each key for ever."""
    retention_bytes: int | None = None
    """What a partition keeps at most, beside the segment that is written; None: whatever Kafka is set to."""
    segment_bytes: int | None = None
    """In pieces of this size a partition forgets."""


STAGES: dict[str, tuple[str, ...]] = {
    "transcribe": (AUDIO,),
    "translate": (TRANSCRIPTS,),
    "synthesize": (TRANSLATIONS,),
    "broadcast": (TRANSCRIPTS, TRANSLATIONS, SPEECH),
}
"""Which topics a stage reads. The stage's name is its consumer group."""


def topics(audio_retention_h: float, text_retention_h: float) -> list[WantedTopic]:
    """All topics. Every one has the same number of partitions."""
    audio, text = round(audio_retention_h * HOUR_MS), round(text_retention_h * HOUR_MS)
    return [
        WantedTopic(AUDIO, audio),
        WantedTopic(TRANSCRIPTS, text),
        WantedTopic(TRANSLATIONS, text),
        WantedTopic(SPEECH, audio),
        WantedTopic(SESSIONS, -1, compacted=True),
        WantedTopic(DEAD_LETTERS, text),
        WantedTopic(USAGE, text),
    ]


def partition_of(session_id: str, partitions: int) -> int:
    """The partition that a new session gets; noted in it, so that a later change of `partitions` moves nothing."""
    return zlib.crc32(session_id.encode()) % partitions
