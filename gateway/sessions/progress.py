"""How far the audio of the speakers here is durable, noted in Redis for whoever resumes elsewhere.

Of all of them in one step: a round trip for each takes as long as taking their audio.
"""

from collections.abc import Iterable

from gateway.sessions.live import LiveSession
from gateway.sessions.sessions import Sessions

NOTE_S = 1.0
"""How often: so much is what a resume elsewhere may ask for twice."""


async def note_progress(sessions: Sessions, lives: Iterable[LiveSession]) -> None:
    """Notes what has not been noted yet. Raises RedisError."""
    speakers = [live.speaker for live in lives if live.speaker]
    moved = [(speaker, progress) for speaker in speakers if (progress := speaker.progress())]
    if moved:
        answers = await sessions.progress([progress for _, progress in moved])
        for (speaker, progress), answer in zip(moved, answers, strict=True):
            speaker.noted(progress, answer)
