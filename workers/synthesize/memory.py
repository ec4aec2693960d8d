"""How much memory this process and its children may use."""

import os
from pathlib import Path

from workers.synthesize.cores import CONTAINER


def usable_mb(container: Path = CONTAINER) -> float:
    """Mebibytes of the machine, or of the container (`memory.max`) where that has fewer."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int((container / "memory.max").read_text())) / 2**20
    except (OSError, ValueError):  # `max`: no limit
        return machine / 2**20
