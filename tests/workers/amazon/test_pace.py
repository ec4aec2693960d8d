"""What is asked too often is asked less."""

import pytest

from tests.workers.driving import Clock
from workers.amazon.pace import LEAST, MOST, PATIENCE_S, ServicePace
from workers.errors import EngineThrottled


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> ServicePace:
    return ServicePace(clock.seconds)


def test_nobody_waits_while_nothing_was_refused(pace: ServicePace) -> None:
    assert {pace.turn_s() for _ in range(1_000)} == {0.0}


def test_after_a_refusal_half_as_many_calls_are_made_and_a_burst_of_refusals_is_one(pace: ServicePace) -> None:
    for _ in range(16):
        pace.turn_s()
    for _ in range(8):
        pace.throttled(0)
    assert pace.rate == 8
    assert [pace.turn_s() for _ in range(3)] == pytest.approx([1 / 8, 2 / 8, 3 / 8])


def test_who_would_wait_long_is_refused_and_takes_no_turn(pace: ServicePace, clock: Clock) -> None:
    for _ in range(4):
        pace.turn_s()
    pace.throttled(0)
    waits = []
    with pytest.raises(EngineThrottled):
        waits.extend(pace.turn_s() for _ in range(100))
    with pytest.raises(EngineThrottled) as refused:
        pace.turn_s()
    assert PATIENCE_S < refused.value.retry_after_s <= PATIENCE_S + 0.5
    clock.forward(1)
    assert pace.turn_s() <= PATIENCE_S


def test_it_waits_as_long_as_the_service_says(pace: ServicePace, clock: Clock) -> None:
    pace.turn_s()
    pace.throttled(7)
    with pytest.raises(EngineThrottled):
        pace.turn_s()
    clock.forward(6)
    assert pace.turn_s() == pytest.approx(1)


def test_it_is_never_given_up_and_with_answers_it_becomes_as_fast_as_before(pace: ServicePace, clock: Clock) -> None:
    for _ in range(20):
        pace.throttled(0)
        clock.forward(2)
    assert pace.rate == LEAST
    for _ in range(round((MOST - LEAST) / 0.1) + 1):
        pace.answered()
    clock.forward(10)
    assert {pace.turn_s() for _ in range(100)} == {0.0}
