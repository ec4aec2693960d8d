"""What the end of an engine's process says about the input that it worked on: guilt needs evidence."""

import signal
from collections import Counter
from typing import Final

from workers.errors import EngineCrashed, EngineEnded, EngineError, EngineKilled

FAULTS: Final = {
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGSYS, signal.SIGTRAP)
}
"""What the kernel or the process itself sends for a fault; all other signals come from outside."""
NOT_STARTED: Final = (126, 127)
"""Exit statuses of a program that could not be executed."""
ENDS, KILLS, FAILURES = 3, 10, 2
"""Tries on one engine: of an input that ends its process, of one whose process others ended, of any other error."""


def ending(status: int, *, alone: bool) -> EngineCrashed:
    """What to raise when a process ended with `status` (of subprocess: negative for a signal).

    `alone`: it worked on one input then, and held nothing of another.
    """
    if status in NOT_STARTED:
        return EngineCrashed(f"(did not start: status {status})")
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    if not alone or (status < 0 and -status not in FAULTS):
        return EngineKilled(f"({how})")
    return EngineEnded(f"({how})")


class Tries:
    """Those of one input on one engine."""

    def __init__(self) -> None:
        self._errors: Counter[type[EngineError]] = Counter()
        self.over = False
        """The engine is not asked again."""
        self.gave_up = ""
        """Why the input goes to the dead letters; empty: it does not."""

    def count(self, error: EngineError) -> None:
        """Notes what came of a try."""
        kind = type(error) if isinstance(error, EngineEnded | EngineKilled) else EngineError
        self._errors[kind] += 1
        most = FAILURES if error.retryable else 1
        if isinstance(error, EngineEnded):
            most = ENDS
        elif isinstance(error, EngineKilled):
            most = KILLS
        self.over = self._errors[kind] >= most
        if self.over and isinstance(error, EngineEnded):
            self.gave_up = " ".join([f"ended its engine's process {ENDS} times", *error.args])
