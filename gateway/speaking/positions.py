"""Where a speaker's audio belongs: like TCP's sequence numbers, without I/O."""

import base64
import binascii
from math import ceil
from typing import NamedTuple

from gateway import metrics
from gateway.errors import RefusedError
from gateway.kafka.extent import Extent
from gateway.limits.pace import MessagePace
from schemas.audio import BYTES_PER_SAMPLE, samples
from schemas.socket import MAX_AUDIO_SAMPLES, MAX_GAP_SAMPLES

RESEND_S = 10.0
"""How long after a refusal audio above the refused position is refused too: it was under way when the refusal left.
Taken, it would make the client's resent audio look like an overlap, and lose it."""
PIECES_PER_S = 300
PIECES_BURST_S = 25.0
"""How many pieces audio may come in: also all at once what a client kept in an outage, 120 s in pieces of 16 ms."""


class Placed(NamedTuple):
    """Audio at its place in the session."""

    position: int
    """Index of its first sample."""
    pcm: bytes
    """Empty when all of it was there already."""
    trimmed: int
    """Samples cut off its beginning."""

    @property
    def until(self) -> int:
        """Position after its last sample."""
        return self.position + samples(self.pcm)


class Intake:
    """The received prefix of a session's audio. Nothing moves before `take`."""

    def __init__(self, extent: Extent, *, explicit: bool, now: float) -> None:
        self._extent, self._explicit = extent, explicit
        self._pace = MessagePace(PIECES_PER_S, now, burst_s=PIECES_BURST_S)
        self._refused: tuple[RefusedError, float] | None = None

    def count_piece(self, now: float) -> None:
        """Counts a piece of audio, taken or not. Raises RefusedError when they are too many for their time."""
        if wait_s := self._pace.take(now):
            metrics.LIMITED.labels("audio").inc()
            message = "The audio comes in too many pieces: send longer ones, from the position in this error."
            wait_ms = ceil(wait_s * 1000)
            raise self.refuse(
                RefusedError("too-fast", message, position=self._extent.received, retry_after_ms=wait_ms), now
            )

    def place(self, pcm: bytes, position: int | None, now: float) -> Placed:
        """Where `pcm` goes, cut where it overlaps. Raises RefusedError with the position to send from."""
        if position is None:
            if self._explicit:
                raise self.bad("Say the position of the audio: it is required after resumeSession.")
            position = self._extent.received
        if position > self._extent.received and self._refused and now - self._refused[1] < RESEND_S:
            raise self._refused[0]
        if position < 0 or position > self._extent.received + MAX_GAP_SAMPLES:
            raise self.bad("The position is out of range: go on from the position in this error.")
        trimmed = min(max(self._extent.received - position, 0), samples(pcm))
        return Placed(position + trimmed, pcm[trimmed * BYTES_PER_SAMPLE :], trimmed)

    def take(self, placed: Placed) -> None:
        """`placed` is accepted."""
        self._extent.take(placed.until)
        self._refused = None

    def refuse(self, error: RefusedError, now: float) -> RefusedError:
        """`error` was the answer to audio at `received`: what is above it waits until that is sent again."""
        self._refused = (error, now)
        return error

    def bad(self, message: str) -> RefusedError:
        """A `bad-audio` with the position to send from."""
        return RefusedError("bad-audio", message, position=self._extent.received)

    def pcm_of(self, audio_data: str) -> bytes:
        """The PCM in base64. Raises RefusedError."""
        try:
            return self.checked(base64.b64decode(audio_data, validate=True))
        except (binascii.Error, ValueError):
            raise self.bad("audioData is not base64.") from None

    def checked(self, pcm: bytes) -> bytes:
        """`pcm` when it is whole samples of at most 1 s. Raises RefusedError."""
        if not pcm:
            raise self.bad("The audio is empty.")
        if len(pcm) % BYTES_PER_SAMPLE:
            raise self.bad("The audio has an odd number of bytes: send whole 16-bit samples.")
        if samples(pcm) > MAX_AUDIO_SAMPLES:
            raise self.bad("The audio is longer than 1 s: send it in smaller frames.")
        return pcm
