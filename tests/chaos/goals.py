"""How soon everyone should hear again after a fault. No run fails by it, for a machine may be slow."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from tests.chaos.stack import SESSION_TIMEOUT_S


@dataclass(frozen=True)
class Goal:
    """Seconds by which captions may come later than usual."""

    median_s: float
    longest_s: float
    others_s: float = inf
    """Of sessions whose workers were not struck."""

    def met(self, touched: Sequence[float], others: Sequence[float]) -> bool:
        """Whether these seconds, the worst of each session, are within it."""
        if touched and (median(touched) > self.median_s or max(touched) > self.longest_s):
            return False
        return max(others, default=0.0) <= self.others_s

    def __str__(self) -> str:
        both = f"{self.median_s:g}" if self.median_s == self.longest_s else f"{self.median_s:g}-{self.longest_s:g}"
        return both if self.others_s == inf else f"{both}/{self.others_s:g}"


def goal_after(fault: str, *, embedded: bool = False) -> Goal | None:
    """None where nothing but the end of the fault is promised. Real engines must hear again what was said."""
    if lasts(fault):
        return Goal(3, 3)
    what, _, whom = fault.partition("-")
    if what not in ("kill", "away"):
        return None
    if whom == "gateway":
        return Goal(3, 3)  # its clients go to another one, whether it comes back or not
    if what == "away":
        return Goal(SESSION_TIMEOUT_S + 2, SESSION_TIMEOUT_S + 2)
    return Goal(3, 6 if embedded else 3, 0.5)


def lasts(fault: str) -> bool:
    """Whether recovery is promised from the end of the fault: a stage that is killed over and over."""
    return fault.startswith("kills-")
