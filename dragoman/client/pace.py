"""Puts recorded speech into a session as a microphone would, or as fast as the gateway lets it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final

from dragoman.client.speaker import Speaker
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples

FRAME_SAMPLES: Final = SAMPLE_RATE // 10
"""100 ms."""
BURST_S: Final = 110.0
"""The gateway's bucket holds 120 s and refills at 1.5 s a second: a little less is never too fast."""
REFILL: Final = 1.45


def frames(pcm: bytes) -> Iterable[bytes]:
    """Slices of 100 ms; the last may be shorter."""
    size = FRAME_SAMPLES * BYTES_PER_SAMPLE
    return (pcm[start : start + size] for start in range(0, len(pcm) - len(pcm) % BYTES_PER_SAMPLE, size))


class Pace:
    """When the next frame may go. Real time counts from the first frame, so that nothing drifts."""

    def __init__(self, *, fast: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._fast, self._clock = fast, clock
        self._begun: float | None = None
        self._sent_s = 0.0

    def wait_s(self, duration_s: float) -> float:
        """Seconds to wait before a frame of `duration_s` goes: when its last sample would have been spoken."""
        if self._begun is None:
            self._begun = self._clock()
        self._sent_s += duration_s
        passed = self._clock() - self._begun
        if self._fast:
            return max(0.0, (self._sent_s - BURST_S) / REFILL - passed)
        return max(0.0, self._sent_s - passed)


async def speak(
    speaker: Speaker,
    pcm: AsyncIterator[bytes],
    pace: Pace,
    now: Callable[[], float] = time.time,
    on_sent: Callable[[int, float], None] = lambda position, sent_at: None,
) -> None:
    """Sends frames at their pace. `on_sent` learns each frame's position and when its first sample was captured."""
    async for frame in pcm:
        duration_s = samples(frame) / SAMPLE_RATE
        await asyncio.sleep(pace.wait_s(duration_s))
        await speaker.room(samples(frame))
        captured_at = now() - duration_s
        on_sent(speaker.send(frame, round(captured_at * 1000)), captured_at)


async def of_bytes(pcm: bytes) -> AsyncIterator[bytes]:
    """Frames of speech in memory."""
    for frame in frames(pcm):
        yield frame
