"""How fast one socket may send messages."""

from gateway.limits.pace import MessagePace


def test_a_burst_passes_and_then_the_rate() -> None:
    pace = MessagePace(50, now=0)
    assert [pace.take(0) for _ in range(100)] == [0] * 100
    assert pace.take(0) > 0
    assert pace.take(0.04) == 0


def test_what_is_refused_counts_too() -> None:
    """Who does not wait waits longer."""
    pace = MessagePace(50, now=0)
    waits = [pace.take(0) for _ in range(110)]
    assert waits[-1] > waits[-2] > 0
    assert not pace.abusive


def test_who_never_waits_is_abusive_and_who_waits_is_not() -> None:
    pace = MessagePace(50, now=0)
    for _ in range(601):
        pace.take(0)
    assert pace.abusive
    pace.take(1)
    assert not pace.abusive


def test_a_clock_that_goes_back_gives_nothing() -> None:
    pace = MessagePace(1, now=10)
    for _ in range(2):
        pace.take(10)
    assert pace.take(0) > 0


def test_who_waits_as_long_as_was_said_passes() -> None:
    pace, now = MessagePace(50, now=0), 0.0
    wait_s = max(pace.take(0) for _ in range(300))
    now += wait_s
    assert pace.take(now) == 0
    assert pace.take(now) > 0
