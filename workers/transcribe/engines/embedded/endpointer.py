"""Where utterances begin and end, by the probability of speech in frames of 32 ms. No audio, no clock, no I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

FRAME: Final = 512
"""Samples that the detector judges at once: 32 ms."""
FRAME_MS: Final = FRAME * 1000 // SAMPLE_RATE
THRESHOLD: Final = 0.5
"""Probability from which a frame is speech."""
START_FRAMES: Final = 4
"""So many speech frames in a row begin an utterance (128 ms)."""
PRE_ROLL_FRAMES: Final = 15
"""An utterance begins so many frames before its start was certain (480 ms, the start's own frames included)."""
CAP_FRAMES: Final = 10 * SAMPLE_RATE // FRAME
"""An utterance is never longer than 10 s."""
LONG_FRAMES: Final = 7 * SAMPLE_RATE // FRAME
"""From 7 s on a short pause ends the utterance, so that the cap seldom cuts a word."""
SHORT_PAUSE_FRAMES: Final = 6
"""A short pause (192 ms)."""


@dataclass(frozen=True)
class Began:
    """An utterance is open; it holds everything from `position` on."""

    position: int


@dataclass(frozen=True)
class Ended:
    """The open utterance holds nothing from `position` on."""

    position: int


class Endpointer:
    """Judges consecutive frames. Utterances do not overlap; their pre-roll never reaches into the one before."""

    def __init__(self, silence_ms: int) -> None:
        """An utterance ends after `silence_ms` without speech."""
        self._silence_frames = max(1, round(silence_ms / FRAME_MS))
        self.restart(0)

    def restart(self, position: int) -> None:
        """Forgets what was; the next frame is at `position`."""
        self.begin: int | None = None
        """Where the open utterance begins."""
        self._floor = self._heard = position
        """Nothing below the floor can be part of an utterance that is still to begin."""
        self._speech_run = self._silence_run = 0

    @property
    def in_silence(self) -> bool:
        """The frames heard last were no speech, long enough to be a pause."""
        return self._silence_run > SHORT_PAUSE_FRAMES

    @property
    def quiet_until(self) -> int:
        """Nothing below is part of an utterance that is open or still to begin."""
        if self.begin is not None:
            return self.begin
        return max(self._floor, self._heard - PRE_ROLL_FRAMES * FRAME)

    def hear(self, probability: float) -> list[Began | Ended]:
        """What the next frame changes; at the cap an utterance ends and the next one begins at once."""
        self._heard += FRAME
        if self.begin is None:
            return self._wait_for_speech(probability)
        self._silence_run = 0 if probability >= THRESHOLD else self._silence_run + 1
        frames = (self._heard - self.begin) // FRAME
        pause = min(SHORT_PAUSE_FRAMES, self._silence_frames) if frames >= LONG_FRAMES else self._silence_frames
        if self._silence_run >= pause:
            return self.end(self._heard)
        if frames >= CAP_FRAMES:
            self.begin = self._heard
            return [Ended(self._heard), Began(self._heard)]
        return []

    def end(self, position: int) -> list[Began | Ended]:
        """Ends the open utterance, if any, at `position`; the next frame is there."""
        events: list[Began | Ended] = [] if self.begin is None else [Ended(position)]
        self.restart(position)
        return events

    def _wait_for_speech(self, probability: float) -> list[Began | Ended]:
        self._speech_run = self._speech_run + 1 if probability >= THRESHOLD else 0
        if self._speech_run < START_FRAMES:
            return []
        self.begin = self.quiet_until
        self._speech_run = self._silence_run = 0
        return [Began(self.begin)]


class Framing:
    """Cuts PCM of any length into the detector's frames; the remainder waits for more."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, pcm: bytes) -> Iterator[bytes]:
        """The frames that are complete."""
        self._rest += pcm
        size = FRAME * BYTES_PER_SAMPLE
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            yield frame

    def rest(self) -> bytes:
        """Takes out what is too short for a frame."""
        rest, self._rest = self._rest, b""
        return rest
