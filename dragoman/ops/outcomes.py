"""What engines did in the last minutes, counted from the records of `usage`."""

from collections import Counter
from typing import Final

import msgspec

from dragoman.ops.ledger import Prices, cost
from schemas.messages import Usage

STEP_MS: Final = 10_000
WINDOW_MS: Final = 600_000
HOUR_MS: Final = 3_600_000


class EngineUse(msgspec.Struct, rename="camel", kw_only=True):
    """Calls of one engine in ten minutes."""

    stage: str
    """Who called."""
    engine: str
    """Its name."""
    calls: int = 0
    """All of them, also for partials."""
    failed: int = 0
    """Those of them that failed."""
    took_ms: int = 0
    """All of them together."""
    money: float = 0.0
    """What they cost, by the price table."""


class StageOutcomes(msgspec.Struct, rename="camel", kw_only=True):
    """What became of the segments of one stage in ten minutes."""

    stage: str
    """Its name."""
    ok: int = 0
    """Segments that were made."""
    holes: dict[str, int] = {}
    """Why others were not made: `failed engine`, `skipped deadline`…, and how many."""


class OutcomeCounts:
    """Counts in steps of ten seconds, so that it takes as little memory for many sessions as for one."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._uses: dict[int, dict[tuple[str, str], EngineUse]] = {}
        self._ends: dict[int, Counter[tuple[str, str]]] = {}
        self._step = 0

    def take(self, usage: Usage, now_ms: int) -> None:
        """Counts a record, unless it came too late to be of these minutes."""
        if now_ms // STEP_MS > self._step:
            self._step = now_ms // STEP_MS
            self._forget(now_ms)  # also while nobody asks
        step = usage.at // STEP_MS
        if step <= _over(now_ms):
            return
        if usage.engine:
            uses = self._uses.setdefault(step, {})
            key = usage.stage, usage.engine
            use = uses.setdefault(key, EngineUse(stage=usage.stage, engine=usage.engine))
            use.calls += 1
            use.failed += usage.outcome == "failed"
            use.took_ms += usage.took_ms
            use.money += cost(usage, self._prices)
        if usage.final and not usage.revised:
            end = "ok" if usage.outcome == "ok" else f"{usage.outcome} {usage.reason}".rstrip()
            self._ends.setdefault(step, Counter())[usage.stage, end] += 1

    def engines(self, now_ms: int) -> list[EngineUse]:
        """By stage and engine, those that were called."""
        self._forget(now_ms)
        summed: dict[tuple[str, str], EngineUse] = {}
        for uses in self._uses.values():
            for key, use in uses.items():
                whole = summed.setdefault(key, EngineUse(stage=use.stage, engine=use.engine))
                whole.calls += use.calls
                whole.failed += use.failed
                whole.took_ms += use.took_ms
                whole.money += use.money
        return [summed[key] for key in sorted(summed)]

    def outcomes(self, now_ms: int) -> dict[str, StageOutcomes]:
        """By stage, those of which there are any."""
        self._forget(now_ms)
        found: dict[str, StageOutcomes] = {}
        for (stage, end), count in sum(self._ends.values(), Counter()).items():
            outcomes = found.setdefault(stage, StageOutcomes(stage=stage, holes={}))
            if end == "ok":
                outcomes.ok = count
            else:
                outcomes.holes[end] = count
        return found

    def money_an_hour(self, now_ms: int) -> float:
        """What goes on like in these minutes costs."""
        return sum(use.money for use in self.engines(now_ms)) * HOUR_MS / WINDOW_MS

    def _forget(self, now_ms: int) -> None:
        over = _over(now_ms)
        self._uses = {step: kept for step, kept in self._uses.items() if step > over}
        self._ends = {step: kept for step, kept in self._ends.items() if step > over}


def _over(now_ms: int) -> int:
    """The newest step that is of these minutes no more."""
    return (now_ms - WINDOW_MS) // STEP_MS
