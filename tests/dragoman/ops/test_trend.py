"""The small curves of the operators' page."""

from dragoman.ops.trend import POINTS, STEP_S, Trend


def test_a_point_is_the_highest_of_its_two_seconds_and_none_is_made_up() -> None:
    trend = Trend()
    for at_s, value in ((1000.1, 1.0), (1001.9, 3.0), (1001.95, 2.0), (1004.0, 0.0)):
        trend.add(at_s, value)
    points = trend.points(1006.5)
    assert len(points) == POINTS
    assert points[-4:] == [None, 3.0, None, 0.0]
    assert trend.points(1004.0)[-2:] == [3.0, None], "a step that goes on is not shown yet"


def test_what_is_older_is_forgotten() -> None:
    trend = Trend()
    for step in range(POINTS * 3):
        trend.add(step * STEP_S, float(step))
    assert len(trend._points) == POINTS
    assert trend.points(POINTS * 3 * STEP_S)[0] == POINTS * 2
