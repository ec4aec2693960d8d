"""When a worker must end itself."""

import pytest

from workers.watchdog import verdict


@pytest.mark.parametrize(
    ("waiting_s", "beat_s", "stuck_s", "status"),
    [(91, 0, 0, 71), (0, 31, 0, 72), (0, 0, 301, 73), (91, 31, 301, 72)],
)
def test_a_worker_that_does_nothing_for_too_long_ends(
    waiting_s: float, beat_s: float, stuck_s: float, status: int
) -> None:
    found = verdict(waiting_s, beat_s, stuck_s)
    assert found is not None
    assert found[0] == status
    assert found[1]


def test_a_worker_that_waits_for_a_while_goes_on() -> None:
    assert verdict(90, 30, 300) is None
