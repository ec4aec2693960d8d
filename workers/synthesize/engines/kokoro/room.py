"""How many processes of Kokoro a machine or container has room for."""

from typing import Final

MOST: Final = 4
NEEDS_MB: Final = 768
"""A process takes 450 MB, and more while it speaks a long clause."""


def processes(cores: float, memory_mb: float, most_mb: int) -> tuple[int, int]:
    """How many, and how many MB each may take, no more than `most_mb`: together half of the cores, and of the memory
    unless that is too little for one."""
    count = int(max(1, min(MOST, cores / 2, memory_mb / 2 / NEEDS_MB)))
    return count, min(most_mb, max(NEEDS_MB, int(memory_mb / 2 / count)))
