"""The speaker's resend buffer: what is not acknowledged is kept, and sent again from the right place."""

from collections import deque
from dataclasses import dataclass

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples

BUFFER_S = 60
"""Seconds of audio that are kept while nothing is acknowledged."""


@dataclass(frozen=True)
class Frame:
    """A slice of PCM with its place in the session."""

    position: int
    """Index of the first sample."""
    captured_at: int
    """Capture of the first sample, Unix ms in the client's clock."""
    pcm: bytes
    """s16le, 16 kHz, mono."""

    @property
    def until(self) -> int:
        """Position after the last sample."""
        return self.position + samples(self.pcm)

    def since(self, position: int) -> "Frame":
        """This frame without its samples below `position`."""
        if position <= self.position:
            return self
        cut = position - self.position
        return Frame(position, self.captured_at + cut * 1000 // SAMPLE_RATE, self.pcm[cut * BYTES_PER_SAMPLE :])


class ResendBuffer:
    """Frames in order, from the first sample that is not yet safe to the last that was given.

    `cursor` is the next position to put on the wire; it goes back when a connection is lost or the gateway says so.
    """

    def __init__(self, position: int = 0, limit: int = BUFFER_S * SAMPLE_RATE) -> None:
        self._frames: deque[Frame] = deque()
        self._limit = limit
        self.acknowledged = position
        """All samples below are durable."""
        self.cursor = position
        self.until = position
        """Position of the next sample to be given."""
        self.lost = 0
        """Samples that were dropped because nothing was acknowledged for too long: a gap in the session."""

    @property
    def room(self) -> int:
        """Samples that can be added before the oldest are lost."""
        return self._limit - (self.until - self._oldest)

    @property
    def in_flight(self) -> int:
        """Samples on the wire that are not acknowledged."""
        return max(0, self.cursor - self.acknowledged)

    @property
    def _oldest(self) -> int:
        return self._frames[0].position if self._frames else self.until

    def add(self, pcm: bytes, captured_at: int) -> Frame:
        """Takes the next samples. Over the limit the oldest frames are lost, which the server keeps as a gap."""
        frame = Frame(self.until, captured_at, pcm)
        self._frames.append(frame)
        self.until = frame.until
        while self.until - self._oldest > self._limit and len(self._frames) > 1:
            gone = self._frames.popleft()
            self.lost += gone.until - max(gone.position, self.acknowledged)
        return frame

    def acknowledge(self, position: int) -> None:
        """All samples below `position` are durable; an older acknowledgement changes nothing."""
        self.acknowledged = max(self.acknowledged, position)
        self.cursor = max(self.cursor, self.acknowledged)
        self.until = max(self.until, self.acknowledged)
        while self._frames and self._frames[0].until <= self.acknowledged:
            self._frames.popleft()

    def rewind(self, position: int) -> None:
        """Sends again from `position`, or from the own last acknowledged position if that is greater."""
        self.acknowledge(position)
        self.cursor = self.acknowledged

    def send_again_from(self, position: int) -> None:
        """Like `rewind`, after an error that names a position without saying that all below it is durable."""
        self.cursor = max(min(self.cursor, position), self.acknowledged)

    def next(self) -> Frame | None:
        """The frame to send now, cut at the cursor, which moves behind it; None when all was sent."""
        for frame in self._frames:
            if frame.until > self.cursor:
                unsent = frame.since(self.cursor)
                self.cursor = unsent.until
                return unsent
        return None
