"""Whether the tool itself is the bottleneck: how late its own loop wakes up, and how much processor it takes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dragoman.measure.scoring import percentile

EVERY_S: Final = 0.05
LATE_S: Final = 0.02
"""A loop that wakes up later than this, in more than one of twenty times, is part of what it measures."""
FULL: Final = 90.0
"""Percent of a core."""


@dataclass(frozen=True)
class Strain:
    """Of the measured time."""

    loop_median_s: float
    """How late the loop woke up."""
    loop_p95_s: float
    loop_max_s: float
    frames_late_p95_s: float
    """How long after it was due a frame of audio left."""
    processor_percent: float
    """Of a core, of this process."""

    @property
    def verdict(self) -> str:
        """What is wrong, and what to do; empty: nothing is."""
        if self.loop_p95_s <= LATE_S and self.processor_percent < FULL:
            return ""
        return (
            f"the tool itself is the bottleneck: its loop wakes up {1000 * self.loop_p95_s:.0f} ms late (p95) and takes"
            f" {self.processor_percent:.0f} % of a core, so that all times are too long by about as much; run it on"
            " another machine, several of it with less --concurrency, or beside less other work"
        )


class StrainMeter:
    """Looks at this process while it runs."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, processor: Callable[[], float] = time.process_time
    ) -> None:
        """`processor`: seconds of it that this process has used."""
        self._clock, self._processor = clock, processor
        self._loop: list[float] = []
        self._frames: list[float] = []
        self._from = (clock(), self._processor())

    def begin(self) -> None:
        """The warm-up is over: what was before does not count."""
        self._loop, self._frames = [], []
        self._from = (self._clock(), self._processor())

    def frame_left(self, late_s: float) -> None:
        """A frame left so long after it was due."""
        self._frames.append(max(0.0, late_s))

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            due = self._clock() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self._loop.append(max(0.0, self._clock() - due))

    def strain(self) -> Strain:
        """So far."""
        took_s = self._clock() - self._from[0]
        return Strain(
            percentile(self._loop, 0.5) or 0.0,
            percentile(self._loop, 0.95) or 0.0,
            max(self._loop, default=0.0),
            percentile(self._frames, 0.95) or 0.0,
            100 * (self._processor() - self._from[1]) / took_s if took_s > 0 else 0.0,
        )
