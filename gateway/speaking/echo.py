"""Whether the microphone hears the translation: looks for what was spoken in what comes back. No I/O."""

from collections import deque

import numpy as np

from schemas.audio import SAMPLE_RATE
from schemas.envelope import PER_SECOND, Envelope, envelope

SHORTEST = 3 * PER_SECOND
"""Rows. Shorter speech is like too much else."""
LONGEST_LAG = 16 * PER_SECOND
"""Rows from the publication to the loudspeaker: listeners have up to 15 s of speech waiting, and a second is measured
at once."""
MOST = 32
"""Translations that are looked for at once."""
ALIKE, ALIKE_SHORT = 0.5, 16.0
"""Correlation from which two envelopes of n rows are alike: ALIKE + ALIKE_SHORT / n. Of speech between 3 and 9 s that
came back through a room 98 of 100 are, also at a tenth of its loudness; a third while the speaker speaks as loud
over it, one of a hundred below a louder speaker. Of 604 stretches of other speech one was."""
TWICE_S = 30
"""It is echo when two translations came back within this time: one may be like something else by chance."""
DEPTH_DB = np.float32(40)
"""Below its peaks by so much, a band holds the room and not the translation."""


class _Expected:
    """A translation that may come back."""

    def __init__(self, rows: Envelope, first: int) -> None:
        shape = np.maximum(rows, rows.max(axis=0) - DEPTH_DB)
        self.shape = (shape - shape.mean(axis=0)).T
        self.length = len(rows)
        self.norm = float(np.square(self.shape).sum())
        self.next = first
        self.last = first + LONGEST_LAG
        self.threshold = ALIKE + ALIKE_SHORT / self.length

    def likeness(self, heard: Envelope) -> float:
        """The greatest correlation with any stretch of what was heard."""
        windows = np.lib.stride_tricks.sliding_window_view(heard, self.length, axis=0)
        windows = np.maximum(windows, windows.max(axis=2, keepdims=True) - DEPTH_DB)
        windows -= windows.mean(axis=2, keepdims=True)
        norms = np.sqrt(np.einsum("ijk,ijk->i", windows, windows) * self.norm)
        return float((np.einsum("ijk,jk->i", windows, self.shape) / np.maximum(norms, 1e-6)).max())


class Echo:
    """Compares one speaker's microphone with the translations of what they said."""

    def __init__(self) -> None:
        self._expected: dict[object, _Expected] = {}
        self._heard: Envelope | None = None
        self._rows = 0
        """Rows heard since the beginning."""
        self._returned: deque[tuple[int, float]] = deque(maxlen=2)
        """When the last translations came back, in rows, and how alike they were."""

    def expect(self, name: object, rows: Envelope) -> None:
        """A translation was published; the same name again (another format of it) says nothing new."""
        if len(rows) >= SHORTEST and len(self._expected) < MOST and name not in self._expected:
            self._expected[name] = _Expected(rows, self._rows)

    def hear(self, second: "np.typing.NDArray[np.int16]") -> float | None:
        """Takes the next second of the microphone; how alike the two are while there is an echo."""
        if self._expected:
            rows = envelope(second, SAMPLE_RATE)
            self._heard = rows if self._heard is None else np.concatenate((self._heard, rows))
        self._rows += PER_SECOND
        for name, expected in list(self._expected.items()):
            if self._look(expected):
                del self._expected[name]
        self._let_go()
        returned = [likeness for at, likeness in self._returned if self._rows - at <= TWICE_S * PER_SECOND]
        return min(returned) if len(returned) == 2 else None

    def forget(self) -> None:
        """There is a gap in what is heard."""
        self._expected.clear()
        self._heard = None

    def _look(self, expected: _Expected) -> bool:
        """Looks where it did not yet; whether that is enough."""
        assert self._heard is not None
        begin = self._rows - len(self._heard)
        until = min(self._rows - expected.length, expected.last)
        if until < expected.next:
            return False
        heard = self._heard[expected.next - begin : until - begin + expected.length]
        likeness = expected.likeness(heard)
        expected.next = until + 1
        if likeness >= expected.threshold:
            self._returned.append((self._rows, likeness))
            return True
        return expected.next > expected.last

    def _let_go(self) -> None:
        """Of what was heard, nobody looks again for what is before the next place to look."""
        if not self._expected or self._heard is None:
            self._heard = None
            return
        keep = self._rows - min(expected.next for expected in self._expected.values())
        self._heard = self._heard[max(0, len(self._heard) - keep) :]
