"""Server-sent events (HTML, section 9.2): JSON without line breaks, and the id from which a reader goes on."""

from schemas.socket import Resume

CONTENT_TYPE = "text/event-stream"
ENDED = "ended"
"""The id behind the last event of a session: whoever comes back with it is told to stay away."""


def place(caption: str, revision: str) -> str:
    """The id of who has all up to this entry of the history and this one of the revisions."""
    return f"{caption}/{revision}"


def resume_from(last_event_id: str, listener: str) -> Resume:
    """What `place` says, as a socket says it."""
    caption, _, revision = last_event_id.partition("/")
    return Resume(captions=caption, revisions=revision, listener=listener)


def event(payload: bytes, event_id: str = "") -> bytes:
    """One event; without an id a reader goes on from the one before."""
    return b"%sdata: %s\n\n" % (at(event_id) if event_id else b"", payload)


def at(event_id: str) -> bytes:
    """The line with an id. Followed by an empty one it counts without an event, too."""
    return f"id: {event_id}\n".encode()


def retry(after_ms: int) -> bytes:
    """How long a reader waits before it comes back."""
    return f"retry: {after_ms}\n".encode()


def comment(text: str) -> bytes:
    """Nothing for the reader, but something for whoever waits for a sign of life."""
    return f": {text}\n\n".encode()
