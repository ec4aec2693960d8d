"""When a worker must end itself: it lives, but does nothing and will not. Kafka gives its records to others."""

from collections.abc import Callable

NO_PARTITIONS_S = 90
"""A worker that was never assigned anything for so long will not be: a failed first join leaves a live zombie."""
LOOP_STANDS_S = 30
NOTHING_SETTLED_S = 300
"""With records open. Starting again loses nothing, and helps against what hangs for a reason that nobody foresaw."""

NO_PARTITIONS, LOOP_STANDS, NOTHING_SETTLED = 71, 72, 73
"""Exit statuses."""
ASK_S = 10
"""After so long without partitions it is asked whether Kafka answers."""


class Unassigned:
    """For how long a worker has no partitions although Kafka answers: without it nobody gets any."""

    def __init__(self, answers: Callable[[], bool]) -> None:
        """`answers` asks Kafka."""
        self._answers = answers
        self._away_at = float("-inf")

    def waiting_s(self, since: float | None, now: float) -> float:
        """`since`: when the partitions were lost, None: they are there; of the clock of `now`, in seconds."""
        if since is None:
            return 0.0
        waiting_s = now - max(since, self._away_at)
        if waiting_s > ASK_S and not self._answers():
            self._away_at, waiting_s = now, 0.0
        return waiting_s


def verdict(waiting_s: float, beat_s: float, stuck_s: float) -> tuple[int, str] | None:
    """Exit status and reason, or None while all is well.

    `waiting_s`: since when there are no partitions although Kafka answers; `beat_s`: since when the main loop did not
    turn; `stuck_s`: since when no record was settled although some are open. Seconds; 0 where it does not apply.
    """
    if beat_s > LOOP_STANDS_S:
        return LOOP_STANDS, "the main loop stands"
    if waiting_s > NO_PARTITIONS_S:
        return NO_PARTITIONS, "no partitions were assigned"
    if stuck_s > NOTHING_SETTLED_S:
        return NOTHING_SETTLED, "nothing is settled"
    return None
