"""What is kept of a session and for how long, as the operator has set it: pages say it before anybody speaks."""

from dragoman.runtime.settings import Settings


def storage(settings: Settings) -> dict[str, object]:
    """Members of the answer to `GET /api/here`."""
    return {
        "audioHours": settings.audio_retention_h,
        "textHours": settings.text_retention_h,
        "transcripts": settings.transcripts,
    }
