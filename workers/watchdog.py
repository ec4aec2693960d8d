"""When a worker must end itself: it lives, but does nothing and will not. Kafka gives its records to others."""

NO_PARTITIONS_S = 90
"""A worker that was never assigned anything for so long will not be: a failed first join leaves a live zombie."""
LOOP_STANDS_S = 30
NOTHING_SETTLED_S = 300
"""With records open. Starting again loses nothing, and helps against what hangs for a reason that nobody foresaw."""

NO_PARTITIONS, LOOP_STANDS, NOTHING_SETTLED = 71, 72, 73
"""Exit statuses."""


def verdict(waiting_s: float, beat_s: float, stuck_s: float) -> tuple[int, str] | None:
    """Exit status and reason, or None while all is well.

    `waiting_s`: since when there are no partitions; `beat_s`: since when the main loop did not turn; `stuck_s`: since
    when no record was settled although some are open. Seconds; 0 where it does not apply.
    """
    if beat_s > LOOP_STANDS_S:
        return LOOP_STANDS, "the main loop stands"
    if waiting_s > NO_PARTITIONS_S:
        return NO_PARTITIONS, "no partitions were assigned"
    if stuck_s > NOTHING_SETTLED_S:
        return NOTHING_SETTLED, "nothing is settled"
    return None
