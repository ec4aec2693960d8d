"""How many cores nothing else uses: of the container where it has a quota, else of the machine."""

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

CONTAINER: Final = Path("/sys/fs/cgroup")
"""There `cpu.max` has microseconds that it may use of so many, or `max`; `cpu.stat` those that it has used."""
_APART_S: Final = 30
"""Between two looks; use is that since the last but one, so of a minute at most where it is looked at all the time."""


class Cores:
    """Of one process. `load` is what is in use on the machine, `clock` counts seconds."""

    def __init__(
        self,
        container: Path = CONTAINER,
        load: Callable[[], float] = lambda: os.getloadavg()[0],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._container, self._load, self._clock = container, load, clock
        self._looks: deque[tuple[float, float]] = deque([(clock(), self._used_s())], 2)

    def beside(self, own: float) -> float:
        """Those that nothing uses but voices of this process, which take `own` of them."""
        return min(usable_cores(self._container), self.free() + own)

    def free(self) -> float:
        """Those that this process may use, less what was in use lately: in a container with a quota by the container,
        as what others do on the machine takes nothing of that."""
        used = self._used() if quota_of(self._container) else self._load()
        return max(0.0, usable_cores(self._container) - used)

    def _used(self) -> float:
        now, used_s = self._clock(), self._used_s()
        before, used_before_s = self._looks[0]
        if now - self._looks[-1][0] >= _APART_S:
            self._looks.append((now, used_s))
        return (used_s - used_before_s) / max(1.0, now - before)

    def _used_s(self) -> float:
        try:
            stat = dict(line.split(" ", 1) for line in (self._container / "cpu.stat").read_text().splitlines())
            return int(stat["usage_usec"]) / 1e6
        except (OSError, ValueError, KeyError):
            return 0.0


def usable_cores(container: Path = CONTAINER) -> float:
    """Those that the system and the container let this process use."""
    return min(float(len(os.sched_getaffinity(0))), quota_of(container) or float("inf"))


def quota_of(container: Path) -> float | None:
    """Cores of the container; None: it has no quota."""
    try:
        share, _, period = (container / "cpu.max").read_text().partition(" ")
        return int(share) / int(period)
    except (OSError, ValueError):
        return None
