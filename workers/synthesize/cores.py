"""How many cores of this machine nothing else uses."""

import os
from pathlib import Path
from typing import Final

_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
"""Of a container: microseconds that it may use of so many, or `max`."""


def free_cores() -> float:
    """Those that this process may use, less what was in use on the machine during the last minute."""
    return max(0.0, usable_cores() - os.getloadavg()[0])


def usable_cores(quota: Path = _QUOTA) -> float:
    """Those that the system and the container let this process use."""
    cores = float(len(os.sched_getaffinity(0)))
    try:
        share, _, period = quota.read_text().partition(" ")
        return min(cores, int(share) / int(period))
    except (OSError, ValueError):
        return cores
