"""The frames of a lane that no delivered final and no silence accounts for yet."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.audio import to_ms
from schemas.messages import Audio
from workers.stage import Record


def audio_of(record: Record) -> Audio:
    """The message of a record of the topic `audio`."""
    assert isinstance(record.message, Audio)
    return record.message


@dataclass(frozen=True)
class Moment:
    """What is known of one position."""

    captured_at: int
    """Unix ms in the server's clock."""
    ingested_at: int
    """When its frame was given to the log, Unix ms."""
    language: str
    """BCP-47 tag of what was spoken."""


class Frames:
    """In order of position."""

    def __init__(self) -> None:
        self._open: deque[Record] = deque()

    def __bool__(self) -> bool:
        return bool(self._open)

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._open))

    def add(self, record: Record) -> None:
        """Holds a frame."""
        self._open.append(record)

    def settled_by(self, until: int) -> list[Record]:
        """Lets go of the frames that end at or below `until`, and returns them."""
        settled = []
        while self._open and audio_of(self._open[0]).until <= until:
            settled.append(self._open.popleft())
        return settled

    def at(self, position: int) -> Moment:
        """The moment before `position`, by the frame that holds it. Only while a frame is held."""
        record = next((record for record in self._open if audio_of(record).until >= position), self._open[-1])
        audio = audio_of(record)
        return Moment(audio.captured_at + to_ms(position - audio.position), record.written_at, audio.language)
