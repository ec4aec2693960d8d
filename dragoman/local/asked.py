"""Which model is fetched next, of those that somebody asks for. No I/O."""

from collections.abc import Iterable
from typing import Final, Literal

FIRST_PAUSE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 1800.0

State = Literal["absent", "waiting", "fetching", "failed"]


class WantedModels:
    """One model at a time, in the order in which they were first asked for; one that failed after a growing pause."""

    def __init__(self) -> None:
        self.fetching = ""
        """The model that is fetched now; empty: none."""
        self._asked: dict[str, None] = {}
        self._failures: dict[str, tuple[int, float]] = {}

    def ask(self, names: Iterable[str]) -> None:
        """All that are asked for now; who is not asked for any more loses its place."""
        now = dict.fromkeys(names)
        self._asked = {name: None for name in (*(each for each in self._asked if each in now), *now)}

    def next(self, able: Iterable[str], now_s: float) -> str:
        """The one to be fetched, of those that can be; empty: none."""
        if self.fetching:
            return ""
        possible = set(able)
        due = (name for name in self._asked if name in possible and self._failures.get(name, (0, 0.0))[1] <= now_s)
        return next(due, "")

    def failed(self, name: str, now_s: float) -> float:
        """It could not be had; seconds until it is tried again, if it is still asked for then."""
        count = self._failures.get(name, (0, 0.0))[0] + 1
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(count - 1, 10), LONGEST_PAUSE_S)
        self._failures[name] = count, now_s + pause_s
        return pause_s

    def came(self, name: str) -> None:
        """It is there: what went wrong before counts no more."""
        self._failures.pop(name, None)

    def state(self, name: str) -> State:
        """Of one that is not there."""
        if name == self.fetching:
            return "fetching"
        if name not in self._asked:
            return "absent"
        return "failed" if name in self._failures else "waiting"
