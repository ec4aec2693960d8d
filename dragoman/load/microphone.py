"""What a microphone would give, and when: speech where somebody speaks, silence between; it waits for nobody."""

from collections import deque

from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples

FRAME_SAMPLES = SAMPLE_RATE // 10


class SimulatedMicrophone:
    """Positions count from its start. A sample is due when it would have been spoken, whenever it really leaves."""

    def __init__(self, began: float, first: int = 0) -> None:
        """`began`: when the sample `first` was captured, seconds on any clock."""
        self._began, self._first = began, first
        self._said: deque[tuple[int, bytes]] = deque()
        self.position = first
        """Of the next sample."""
        self.over = first
        """Position after the last sample of what was said, or will be."""

    def due(self, position: int) -> float:
        """When the sample at a position is captured, on the clock of `began`."""
        return self._began + (position - self._first) / SAMPLE_RATE

    def at(self, moment: float) -> int:
        """The position that is captured at a moment."""
        return self._first + round((moment - self._began) * SAMPLE_RATE)

    def say(self, pcm: bytes, not_before: int, apart: int = 0) -> int:
        """Somebody says something as soon as may be, `apart` samples behind the last; returns where it begins."""
        start = max(not_before, self.position, self.over + apart)
        self._said.append((start, pcm))
        self.over = start + samples(pcm)
        return start

    def break_off(self) -> None:
        """Whoever speaks stops in the middle of the word, and does not say what was still to be said."""
        self._said.clear()  # what lies before the position has left already
        self.over = min(self.over, self.position)

    def frame(self) -> bytes:
        """The next 100 ms."""
        until = self.position + FRAME_SAMPLES
        frame = bytearray(FRAME_SAMPLES * BYTES_PER_SAMPLE)
        for start, pcm in self._said:
            begin, end = max(start, self.position), min(start + samples(pcm), until)
            if begin < end:
                at, taken = begin - self.position, pcm[(begin - start) * 2 : (end - start) * 2]
                frame[at * BYTES_PER_SAMPLE : at * BYTES_PER_SAMPLE + len(taken)] = taken
        while self._said and self._said[0][0] + samples(self._said[0][1]) <= until:
            self._said.popleft()
        self.position = until
        return bytes(frame)
