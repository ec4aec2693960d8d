"""Min, mean, median, p95, p99 and max of samples; a percentile only where there are enough of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dragoman.measure.scoring import percentile

CONFIDENCE: Final = 0.95
STATISTICS: Final = ("min", "mean", "median", "p95", "p99", "max")
SHARES: Final = {"median": 0.5, "p95": 0.95, "p99": 0.99}


def needed(share: float) -> int:
    """So many independent samples a percentile needs: fewer give no upper bound for it with 95 % confidence.

    The largest of n samples is above the percentile with probability 1 - share ** n (Wilks, 1941: "Determination of
    sample sizes for setting tolerance limits"): 5 for the median, 59 for p95, 299 for p99.
    """
    count = 1
    while 1 - share**count < CONFIDENCE:
        count += 1
    return count


NEEDED: Final = {name: needed(share) for name, share in SHARES.items()}


@dataclass(frozen=True)
class Distribution:
    """Of one figure; None: there are too few samples for it."""

    count: int
    """Samples."""
    independent: int
    """Utterances, connections or messages that they are of: listeners of one utterance are not independent."""
    min: float | None
    mean: float | None
    median: float | None
    p95: float | None
    p99: float | None
    max: float | None

    @classmethod
    def of(cls, values: Sequence[float], independent: int | None = None) -> "Distribution":
        """`independent`: of so many things the values are; as many as there are values if it is not said."""
        many = len(values) if independent is None else independent
        found = {name: percentile(values, share) if many >= NEEDED[name] else None for name, share in SHARES.items()}
        if not values:
            return cls(0, 0, None, None, None, None, None, None)
        mean = sum(values) / len(values)
        return cls(len(values), many, min(values), mean, **found, max=max(values))
