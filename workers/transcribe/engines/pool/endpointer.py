"""Where utterances begin and end, by the probability of speech in frames of 32 ms. No audio, no clock, no I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

FRAME: Final = 512
"""Samples that the detector judges at once: 32 ms."""
FRAME_MS: Final = FRAME * 1000 // SAMPLE_RATE
THRESHOLD: Final = 0.5
"""Probability from which a frame is speech while nobody speaks."""
STAY_THRESHOLD: Final = 0.35
"""The same while somebody does: the ends of words are soft."""
START_FRAMES: Final = 4
"""So many speech frames in a row begin an utterance (128 ms)."""
PRE_ROLL_FRAMES: Final = 16
"""An utterance begins so many frames before its start was certain (512 ms, the start's own frames included)."""
PAUSE_FRAMES: Final = 8
"""Silence that may be the end of an utterance (256 ms)."""


@dataclass(frozen=True)
class Began:
    """An utterance is open; it holds everything from `position` on."""

    position: int


@dataclass(frozen=True)
class Paused:
    """The speaker is silent since 256 ms; what was said until then may be all. Now is the time to set `patience_ms`."""


@dataclass(frozen=True)
class Ended:
    """The open utterance holds nothing from `position` on."""

    position: int


class Endpointer:
    """Judges consecutive frames. Utterances do not overlap; their pre-roll never reaches into the one before."""

    def __init__(self, silence_ms: int) -> None:
        """An utterance ends after `silence_ms` without speech, unless `patience_ms` is set in its last pause."""
        self._silence_ms = silence_ms
        self.restart(0)

    def restart(self, position: int) -> None:
        """Forgets what was; the next frame is at `position`."""
        self.begin: int | None = None
        """Where the open utterance begins."""
        self._floor = self._heard = position
        """Nothing below the floor can be part of an utterance that is still to begin."""
        self._speech_run = self._silence_run = 0
        self._breath = 0
        self.patience_ms = self._silence_ms

    @property
    def quiet_until(self) -> int:
        """Nothing below is part of an utterance that is open or still to begin."""
        if self.begin is not None:
            return self.begin
        return max(self._floor, self._heard - PRE_ROLL_FRAMES * FRAME)

    @property
    def spoken_until(self) -> int:
        """Where the open utterance's last speech frame ended."""
        return self._heard - self._silence_run * FRAME

    @property
    def breath_ms(self) -> int:
        """The longest pause after which the speaker went on in the open utterance."""
        return self._breath * FRAME_MS

    def hear(self, probability: float) -> list[Began | Paused | Ended]:
        """What the next frame changes. Call `passed` after a Paused was dealt with."""
        self._heard += FRAME
        if self.begin is None:
            return self._wait_for_speech(probability)
        if probability >= STAY_THRESHOLD:
            self._breath = max(self._breath, self._silence_run)
            self._silence_run = 0
            return []
        self._silence_run += 1
        if self._silence_run == PAUSE_FRAMES:
            return [Paused()]
        return self.passed()

    def passed(self) -> list[Began | Paused | Ended]:
        """The end of the open utterance, if the silence was long enough for it."""
        over = self._silence_run >= max(1, round(self.patience_ms / FRAME_MS))
        return self.end(self._heard) if self.begin is not None and over else []

    def advance(self, position: int) -> None:
        """The open utterance begins later now: what is below is dealt with."""
        self.begin = position

    def end(self, position: int) -> list[Began | Paused | Ended]:
        """Ends the open utterance, if any, at `position`; the next frame is there."""
        events: list[Began | Paused | Ended] = [] if self.begin is None else [Ended(position)]
        self.restart(position)
        return events

    def _wait_for_speech(self, probability: float) -> list[Began | Paused | Ended]:
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
