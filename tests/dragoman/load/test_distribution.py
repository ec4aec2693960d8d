"""Statistics of samples, and which of them there are."""

import pytest

from dragoman.load.distribution import NEEDED, Distribution, needed


@pytest.mark.parametrize(("share", "count"), [(0.5, 5), (0.95, 59), (0.99, 299)])
def test_a_percentile_needs_so_many_samples_that_the_largest_is_probably_above_it(share: float, count: int):
    assert needed(share) == count
    assert 1 - share**count >= 0.95 > 1 - share ** (count - 1)


def test_the_statistics_are_those_of_the_samples():
    found = Distribution.of([float(number) for number in range(1, 301)])
    assert (found.count, found.min, found.mean, found.median, found.max) == (300, 1, 150.5, 150.5, 300)
    assert found.p95 == pytest.approx(285.05)
    assert found.p99 == pytest.approx(297.01)


def test_a_percentile_of_too_few_samples_is_none():
    found = Distribution.of([1.0] * (NEEDED["p95"] - 1))
    assert (found.median, found.p95, found.p99) == (1.0, None, None)
    assert Distribution.of([1.0] * NEEDED["p95"]).p95 == 1.0


def test_many_samples_of_few_utterances_are_not_enough():
    found = Distribution.of([0.5] * 1000, independent=4)
    assert (found.count, found.independent, found.median, found.p95) == (1000, 4, None, None)


def test_of_nothing_there_is_nothing():
    assert Distribution.of([]) == Distribution(0, 0, None, None, None, None, None, None)
