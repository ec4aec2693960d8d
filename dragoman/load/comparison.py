"""Two reports side by side: what became slower by more than repeats of the same differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Final

from dragoman.runtime.errors import DragomanError

COMPARED: Final = ("ttft_mean", "ttft_p95", "first_audio_mean", "total_mean", "control_mean", "connection_mean")
LEAST_RATIO: Final = 0.05
"""Less than so much more is no regression, however alike the repeats are."""
LEAST_S: Final = 0.005
"""Nor are so few seconds."""
LEAST_SHARE: Final = 0.005
"""Nor is so small a share of the utterances."""


@dataclass(frozen=True)
class Difference:
    """One number, then and now: means of the repeats."""

    sessions: int
    name: str
    old: float
    new: float
    noise: float | None
    """By how much repeats of the same differ, as a share (of `success`: as a difference); None: there were none."""
    regressed: bool

    @property
    def ratio(self) -> float:
        """Now to then."""
        return self.new / self.old if self.old else float("inf") if self.new else 1.0


def differences(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Of runs as JSON has them, those of as many sessions together. Raises DragomanError when there are none."""
    both = sorted({_sessions(run) for run in old} & {_sessions(run) for run in new})
    if not both:
        raise DragomanError("--compare: the old report has no run with as many sessions as the new one")
    found = []
    for sessions in both:
        before = [run for run in old if _sessions(run) == sessions]
        after = [run for run in new if _sessions(run) == sessions]
        for name in (*COMPARED, "success"):
            then, now = _values(before, name), _values(after, name)
            if then and now:
                found.append(_difference(sessions, name, then, now))
    return found


def _difference(sessions: int, name: str, then: Sequence[float], now: Sequence[float]) -> Difference:
    old, new = mean(then), mean(now)
    if name == "success":
        noise = max(max(each) - min(each) for each in (then, now))
        worse = old - new > max(noise, LEAST_SHARE)
    else:
        noise = max((max(each) - min(each)) / mean(each) if mean(each) else 0.0 for each in (then, now))
        worse = new - old > max(LEAST_S, old * max(noise, LEAST_RATIO))
    repeated = len(then) > 1 and len(now) > 1
    return Difference(sessions, name, old, new, noise if repeated else None, worse and repeated)


def _sessions(run: Mapping[str, Any]) -> int:
    return int(run["shape"]["concurrency"])


def _values(runs: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    figure, _, statistic = name.rpartition("_")
    found = [run["success"] if name == "success" else run["figures"].get(figure, {}).get(statistic) for run in runs]
    return [value for value in found if value is not None]
