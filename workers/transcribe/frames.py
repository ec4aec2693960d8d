"""The frames of a lane that no delivered final and no silence accounts for yet."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.audio import BYTES_PER_SAMPLE, to_ms
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
    taken_at: int
    """When the lane took its frame, Unix ms."""
    language: str
    """BCP-47 tag of what was spoken, or `auto`."""


class Frames:
    """In order of position."""

    def __init__(self) -> None:
        self._open: deque[Record] = deque()
        self._taken_at: deque[int] = deque()

    def __bool__(self) -> bool:
        return bool(self._open)

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._open))

    @property
    def oldest(self) -> Record | None:
        """The first of them."""
        return self._open[0] if self._open else None

    def add(self, record: Record, now: int) -> None:
        """Holds a frame that was taken `now`, Unix ms."""
        self._open.append(record)
        self._taken_at.append(now)

    def settled_by(self, until: int) -> list[Record]:
        """Lets go of the frames that end at or below `until`, and returns them."""
        settled = []
        while self._open and audio_of(self._open[0]).until <= until:
            settled.append(self._open.popleft())
            self._taken_at.popleft()
        return settled

    def audio(self, start: int, end: int) -> bytes:
        """What is held of the PCM between two positions: each sample once, and nothing where there is a gap."""
        pieces, heard = [], start
        for record in self._open:
            audio = audio_of(record)
            begin, until = max(heard, audio.position), min(end, audio.until)
            if begin < until:
                pieces.append(
                    audio.pcm[(begin - audio.position) * BYTES_PER_SAMPLE : (until - audio.position) * BYTES_PER_SAMPLE]
                )
                heard = until
        return b"".join(pieces)

    def at(self, position: int) -> Moment:
        """The moment before `position`, by the frame that holds it. Only while a frame is held."""
        held = zip(self._open, self._taken_at, strict=True)
        record, taken_at = next(
            ((record, taken_at) for record, taken_at in held if audio_of(record).until >= position),
            (self._open[-1], self._taken_at[-1]),
        )
        audio = audio_of(record)
        captured_at = audio.captured_at + to_ms(position - audio.position)
        return Moment(captured_at, record.written_at, taken_at, audio.language)
