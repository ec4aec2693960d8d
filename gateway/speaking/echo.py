"""Whether the microphone hears the translation: looks for what was spoken in what comes back. No I/O."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from schemas.audio import SAMPLE_RATE
from schemas.envelope import BANDS, PER_SECOND, Envelope, envelope, smoothed

SHORTEST = 3 * PER_SECOND
"""Rows. Shorter speech is like too much else."""
LONGEST_LAG = 16 * PER_SECOND
"""Rows from the publication to the loudspeaker: listeners have up to 15 s of speech waiting, and a second is measured
at once."""
MOST = 32
"""Translations that are looked for at once."""
ALIKE, ALIKE_SHORT = 0.5, 18.0
"""Correlation from which two envelopes of n rows are alike: ALIKE + ALIKE_SHORT / n. Of 1204 stretches of 3 to 9 s of
recorded speech that came back through a room 98 of 100 were, also at a tenth of the loudness; 18 of 100 when the
speaker spoke over them as loud all the time, next to none below a louder speaker. Of as many that did not come back
four were like the speech that was heard in their place. Formant synthesis is less alike (0.7 to 0.8): two of three
come back."""
TWICE_S = 30
"""It is echo when two translations came back within this time: one may be like something else by chance."""
DEPTH_DB = np.float32(25)
"""What is below the peaks of its band by more counts as so much: the room drowns it, and pauses, which are alike in all
speech, would outweigh what is said between them."""

ROOM_DB = np.float32(-80)
"""dBFS: what a band of the microphone holds below it is nothing."""
NOTHING: Envelope = np.zeros((0, BANDS), np.float32)


class _Microphone:
    """What the microphone heard, with the sums that the norms of its stretches are made of."""

    def __init__(self, rows: Envelope, first: int) -> None:
        self.first = first
        """Number of its first row."""
        self.rows = np.maximum(rows, ROOM_DB)
        self._sums, self._squares = _cumulated(self.rows), _cumulated(np.square(self.rows))

    def variance(self, begin: int, until: int, length: int) -> NDArray[np.float64]:
        """Sum over bands of the squared distance from the mean, of each stretch of `length` rows."""
        sums = self._sums[begin + length : until + length] - self._sums[begin:until]
        squares = self._squares[begin + length : until + length] - self._squares[begin:until]
        variance: NDArray[np.float64] = (squares - np.square(sums) / length).sum(axis=1)
        return variance


class _Expected:
    """A translation that may come back."""

    def __init__(self, rows: Envelope, first: int) -> None:
        shape = np.maximum(rows, rows.max(axis=0) - DEPTH_DB)
        self._shape = np.ascontiguousarray((shape - shape.mean(axis=0)).T)
        self._square = float(np.square(self._shape).sum())
        self.length = len(rows)
        self.next = first
        self.last = first + LONGEST_LAG
        self.threshold = ALIKE + ALIKE_SHORT / self.length

    def likeness(self, heard: _Microphone, until: int) -> float:
        """The greatest correlation with a stretch that begins from `next` up to before `until`."""
        begin, end = self.next - heard.first, until - heard.first
        windows = np.lib.stride_tricks.sliding_window_view(
            heard.rows[begin : end + self.length - 1], self.length, axis=0
        )
        products = np.einsum("ijk,jk->i", windows, self._shape)
        norms = np.sqrt(np.maximum(heard.variance(begin, end, self.length) * self._square, 1.0))
        return float((products / norms).max())


class Echo:
    """Compares one speaker's microphone with the translations of what they said."""

    def __init__(self) -> None:
        self._expected: dict[object, _Expected] = {}
        self._kept = NOTHING
        self._before: Envelope | None = None
        self._rows = 0
        """Rows heard since the beginning."""
        self._returned: deque[tuple[int, float]] = deque(maxlen=2)
        """When the last translations came back, in rows, and how alike they were."""

    def expect(self, name: object, rows: Envelope) -> None:
        """A translation was published; `name` is the same for all its formats."""
        if len(rows) >= SHORTEST and len(self._expected) < MOST:
            self._expected[name] = _Expected(smoothed(rows), self._rows)

    def hear(self, second: NDArray[np.int16]) -> float | None:
        """Takes the next second of the microphone; how alike the two are while there is an echo."""
        self._rows += PER_SECOND
        if self._expected:
            rows = envelope(second, SAMPLE_RATE)
            before = rows[:1] if self._before is None else self._before
            self._kept = np.concatenate((self._kept, smoothed(np.concatenate((before, rows)))))
            self._before = rows[-1:]
            self._look_for_all(_Microphone(self._kept, self._rows - len(self._kept)))
        returned = [likeness for at, likeness in self._returned if self._rows - at <= TWICE_S * PER_SECOND]
        return min(returned) if len(returned) == 2 else None

    def _look_for_all(self, heard: _Microphone) -> None:
        for name, expected in list(self._expected.items()):
            if self._look(expected, heard):
                del self._expected[name]
        # Nobody looks again at what is before the next place to look.
        next_place = min((expected.next for expected in self._expected.values()), default=self._rows)
        self._kept = self._kept[next_place - heard.first :]

    def _look(self, expected: _Expected, heard: _Microphone) -> bool:
        """Looks where it did not yet; whether that is enough."""
        until = min(self._rows - expected.length, expected.last) + 1
        if until <= expected.next:
            return False
        likeness = expected.likeness(heard, until)
        expected.next = until
        if likeness >= expected.threshold:
            self._returned.append((self._rows, likeness))
            return True
        return expected.next > expected.last


def _cumulated(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sums of all rows before each."""
    return np.concatenate((np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)))
