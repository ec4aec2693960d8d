"""Closed: calls pass. Open: none do. After its rest exactly one does, and decides."""

from prometheus_client import REGISTRY

from tests.workers.driving import Clock
from workers.breaker import FAILURES, REST_S, Breaker, Breakers, State


class Bench:
    """A breaker, its clock and the states that it told."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.told: list[State] = []
        self.breaker = Breaker(self.clock.seconds, self.told.append)

    def fail(self, times: int) -> None:
        for _ in range(times):
            assert self.breaker.admits()
            self.breaker.failed()

    def opened(self) -> "Bench":
        self.fail(FAILURES)
        return self

    def rested(self) -> "Bench":
        self.clock.forward(REST_S)
        return self


def test_failures_in_a_row_open_it_and_an_answer_among_them_does_not() -> None:
    bench = Bench()
    bench.fail(FAILURES - 1)
    bench.breaker.succeeded()
    bench.fail(FAILURES - 1)
    assert bench.breaker.admits()
    bench.breaker.failed()
    assert not bench.breaker.admits()
    assert bench.told == ["open"]


def test_open_it_lets_nothing_through_until_its_rest_is_over() -> None:
    bench = Bench().opened()
    bench.clock.forward(REST_S - 0.001)
    assert not bench.breaker.admits()
    bench.clock.forward(0.001)
    assert bench.breaker.admits()


def test_exactly_one_call_tries_after_the_rest() -> None:
    bench = Bench().opened().rested()
    assert [bench.breaker.admits() for _ in range(20)] == [True] + [False] * 19


def test_an_answer_to_the_one_call_closes_it() -> None:
    bench = Bench().opened().rested()
    assert bench.breaker.admits()
    bench.breaker.succeeded()
    assert all(bench.breaker.admits() for _ in range(3))
    assert bench.told == ["open", "probing", "closed"]
    bench.fail(FAILURES - 1)
    assert bench.breaker.admits()


def test_a_failure_of_the_one_call_begins_the_rest_anew() -> None:
    bench = Bench().opened().rested()
    bench.fail(1)
    bench.clock.forward(REST_S - 0.001)
    assert not bench.breaker.admits()
    bench.clock.forward(0.001)
    assert bench.breaker.admits()


def test_a_cancelled_call_is_neither_and_leaves_its_place_to_another() -> None:
    bench = Bench()
    for _ in range(FAILURES):
        assert bench.breaker.admits()
        bench.breaker.given_up()
    assert bench.breaker.admits()
    bench.opened().rested()
    assert bench.breaker.admits()
    bench.breaker.given_up()
    assert [bench.breaker.admits() for _ in range(2)] == [True, False]


def test_each_operation_of_an_engine_has_its_own_and_a_metric_tells_its_state() -> None:
    breakers = Breakers(Clock().seconds)
    for _ in range(FAILURES):
        breakers.of("down", "translate en es").failed()
    assert not breakers.of("down", "translate en es").admits()
    assert breakers.of("down", "translate en ca").admits()
    assert breakers.of("up", "translate en es").admits()
    labels = {"engine": "down", "operation": "translate en es"}
    assert REGISTRY.get_sample_value("dragoman_engine_breaker", labels) == 2
