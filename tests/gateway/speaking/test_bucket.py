"""The speed of audio."""

from gateway.speaking.bucket import Bucket


def test_two_minutes_may_come_at_once_and_then_one_and_a_half_seconds_a_second() -> None:
    bucket = Bucket(now=0)
    assert not bucket.take(120, now=0)
    assert bucket.take(1.5, now=0.5) == 0.5, "seconds to wait"
    assert not bucket.take(1.5, now=1.0)
    assert bucket.take(0.1, now=1.0)


def test_what_is_refused_costs_nothing() -> None:
    bucket = Bucket(now=0)
    bucket.take(119, now=0)
    assert bucket.take(2, now=0)
    assert not bucket.take(1, now=0)


def test_it_holds_no_more_than_two_minutes() -> None:
    bucket = Bucket(now=0)
    assert bucket.take(121, now=1000)


def test_a_clock_that_goes_back_gives_and_takes_nothing() -> None:
    bucket = Bucket(now=100)
    bucket.take(120, now=100)
    assert bucket.take(1, now=0)
