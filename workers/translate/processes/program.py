"""What is run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """One translation direction."""

    name: str
    stages: tuple[tuple[str, ...], ...]
    """Command lines in order; each reads what the one before writes and flushes at NUL."""
