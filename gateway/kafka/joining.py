"""Frames that wait for the log together become one record: all that is behind the log costs by the record. No I/O."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from schemas.audio import SAMPLE_RATE, to_ms
from schemas.messages import Audio, Message

LONGEST: Final = SAMPLE_RATE
"""Samples of one record: as many as a client may send at once."""
APART_MS: Final = 50
"""A frame that was captured by so much sooner or later than its position says does not follow what is before it: the
speaker paused, or was away."""


class Joined(NamedTuple):
    """A record."""

    message: Message
    parts: int
    """Of how many messages it was made."""


def joined(messages: Iterable[Message]) -> list[Joined]:
    """All of them in order, frames that follow each other in one."""
    runs: list[list[Message]] = []
    for message in messages:
        if runs and _goes_on(runs[-1], message):
            runs[-1].append(message)
        else:
            runs.append([message])
    return [Joined(_one(run), len(run)) for run in runs]


def _goes_on(run: list[Message], message: Message) -> bool:
    first, last = run[0], run[-1]
    if not (isinstance(first, Audio) and isinstance(last, Audio) and isinstance(message, Audio)):
        return False
    expected_at = first.captured_at + to_ms(message.position - first.position)
    return (
        first.kind == message.kind == "frame"
        and message.position == last.until
        and message.until - first.position <= LONGEST
        and (message.language, message.since, message.shown) == (first.language, first.since, first.shown)
        and abs(message.captured_at - expected_at) <= APART_MS
    )


def _one(run: list[Message]) -> Message:
    first = run[0]
    if len(run) == 1 or not isinstance(first, Audio):
        return first
    return replace(first, pcm=b"".join(frame.pcm for frame in run if isinstance(frame, Audio)))
