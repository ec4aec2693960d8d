"""Whether the tool itself is the bottleneck."""

import pytest

from dragoman.load.strain import Strain, StrainMeter


@pytest.mark.parametrize(
    ("loop_p95_s", "percent", "said"),
    [(0.001, 30, False), (0.02, 89, False), (0.05, 30, True), (0.001, 95, True)],
)
def test_a_loop_that_wakes_up_late_and_a_full_core_are_said(loop_p95_s: float, percent: float, said: bool):
    verdict = Strain(0.0, loop_p95_s, 0.1, 0.0, percent).verdict
    assert bool(verdict) == said
    assert not said or (f"{1000 * loop_p95_s:.0f} ms" in verdict and "another machine" in verdict)


def test_what_was_in_the_warm_up_does_not_count():
    now = [10.0]
    used = [1.0]
    meter = StrainMeter(lambda: now[0], lambda: used[0])
    meter.frame_left(5.0)
    now[0], used[0] = 20.0, 9.0
    assert (meter.strain().frames_late_p95_s, meter.strain().processor_percent) == (5.0, 80.0)
    meter.begin()
    now[0], used[0] = 30.0, 10.0
    meter.frame_left(-0.1)
    assert (meter.strain().frames_late_p95_s, meter.strain().processor_percent) == (0.0, 10.0)
