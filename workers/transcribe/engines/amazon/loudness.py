"""Whether a stream's audio may hold speech: loud enough, or not. No I/O.

It decides nothing about words: only when to say that it is quiet, and when a service that says nothing is suspected.
"""

from typing import Final

import numpy as np

from schemas.audio import SAMPLE_RATE

_FLOOR: Final = 100.0
"""RMS of s16le, -50 dBFS: quieter than anybody who speaks into a microphone."""
_RINGS_ON: Final = SAMPLE_RATE // 4
"""A word is louder for so long than its end is said to be."""


class Loudness:
    """Of one stream, in the pieces in which it is sent."""

    def __init__(self) -> None:
        self._loud: list[tuple[int, int]] = []
        """Begin and end of what was loud, in order."""
        self.quiet_samples = 0
        """How long it has been quiet at the end."""

    def hear(self, position: int, pcm: bytes) -> None:
        """The next piece."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        end = position + len(samples)
        if not len(samples) or float(np.sqrt(np.mean(samples**2))) < _FLOOR:
            self.quiet_samples += len(samples)
            return
        self.quiet_samples = 0
        if self._loud and position - self._loud[-1][1] <= SAMPLE_RATE // 2:
            self._loud[-1] = (self._loud[-1][0], end)
        else:
            self._loud.append((position, end))

    def first_after(self, position: int) -> int | None:
        """Where audio that is not accounted for becomes loud, if it does: `position` is up to where it is."""
        while self._loud:
            begin, end = self._loud[0]
            if end > position + (_RINGS_ON if begin < position else 0):
                return max(position, begin)
            self._loud.pop(0)
        return None
