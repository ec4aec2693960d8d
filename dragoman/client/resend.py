"""The speaker's resend buffer: what is not acknowledged is kept, and sent again from the right place."""

from collections import deque
from dataclasses import dataclass, replace

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from schemas.socket import MAX_GAP_SAMPLES

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
        self._gaps: deque[tuple[int, int]] = deque()
        """What was passed over on the wire and is not acknowledged: positions from and until."""
        self._gone = 0
        """Samples of acknowledged gaps, and those for which there was no place in a gap."""
        self._there = position
        """Where the audio ends that the gateway has, if it takes all that is on the wire."""
        self.acknowledged = position
        """All samples below are durable."""
        self.cursor = position
        self.until = position
        """Position of the next sample to be given."""

    @property
    def room(self) -> int:
        """Samples that can be added before the oldest are dropped."""
        return self._limit - (self.until - self._oldest)

    @property
    def in_flight(self) -> int:
        """Samples on the wire that are not acknowledged and can be sent again."""
        return max(0, self.cursor - max(self.acknowledged, self._oldest))

    @property
    def lost(self) -> int:
        """Samples that were dropped because nothing was acknowledged for too long, and that the gateway has not."""
        passed_over = sum(until - position for position, until in self._gaps)
        return self._gone + passed_over + max(0, self._oldest - self.cursor)

    @property
    def upcoming(self) -> int:
        """Position of the next sample that can be put on the wire."""
        return max(self.cursor, self._oldest)

    @property
    def _oldest(self) -> int:
        return self._frames[0].position if self._frames else self.until

    def add(self, pcm: bytes, captured_at: int) -> Frame:
        """Takes the next samples. Over the limit the oldest frames are dropped."""
        frame = Frame(self.until, captured_at, pcm)
        self._frames.append(frame)
        self.until = frame.until
        while self.until - self._oldest > self._limit and len(self._frames) > 1:
            self._frames.popleft()
        return frame

    def acknowledge(self, position: int) -> None:
        """All samples below `position` are durable; an older acknowledgement changes nothing."""
        self.acknowledged = max(self.acknowledged, position)
        self.cursor = max(self.cursor, self.acknowledged)
        self.until = max(self.until, self.acknowledged)
        while self._frames and self._frames[0].until <= self.acknowledged:
            self._frames.popleft()
        while self._gaps and self._gaps[0][1] <= self.acknowledged:
            start, until = self._gaps.popleft()
            self._gone += until - start

    def rewind(self, position: int) -> None:
        """Sends again from `position`, or from the own last acknowledged position if that is greater."""
        self.acknowledge(position)
        self.send_again_from(position)

    def send_again_from(self, position: int) -> None:
        """Like `rewind`, after an error that names a position without saying that all below it is durable."""
        self.cursor = max(min(self.cursor, position), self.acknowledged)
        self._there = position
        while self._gaps and self._gaps[-1][1] > self.cursor:
            self._gaps.pop()  # it is found again, and may have grown

    def close_up(self) -> int:
        """Moves what is kept down to where the gateway takes it, before more is sent; returns by how many samples.

        No gap may be wider than `MAX_GAP_SAMPLES`: after an outage so long that more was lost, the session's time goes
        on from there.
        """
        excess = self.upcoming - self._there - MAX_GAP_SAMPLES
        if excess <= 0 or not self._frames:
            return 0
        self._frames = deque(replace(frame, position=frame.position - excess) for frame in self._frames)
        self._gone += excess
        self.until -= excess
        self.cursor = min(self.cursor, self._there)  # a log that lost what it had said is safe is below both
        self.acknowledged = min(self.acknowledged, self.cursor)
        return excess

    def next(self) -> Frame | None:
        """The frame to send now, cut at the cursor, which moves behind it; None when all was sent."""
        for frame in self._frames:
            if frame.until > self.cursor:
                unsent = frame.since(self.cursor)
                if unsent.position > self.cursor:
                    self._gaps.append((self.cursor, unsent.position))
                self.cursor = self._there = unsent.until
                return unsent
        return None
