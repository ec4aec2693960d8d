"""`--fail-if`: what is written by hand is read right, or what is wrong with it is said."""

import pytest

from dragoman.load.conditions import condition, failed
from dragoman.load.figures import LoadFigures
from dragoman.runtime.errors import DragomanError


@pytest.mark.parametrize(
    ("text", "name", "limit"),
    [
        ("ttft_p95>2.5s", "ttft_p95", 2.5),
        (" control_max >= 100 ms ", "control_max", 0.1),
        ("success<99%", "success", 0.99),
        ("success<0.99", "success", 0.99),
        ("failures>0", "failures", 0.0),
    ],
)
def test_a_condition_is_a_name_a_sign_and_a_number_with_its_unit(text: str, name: str, limit: float):
    found = condition(text)
    assert (found.name, found.limit) == (name, pytest.approx(limit))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tftt_p95>2.5s", "did you mean ttft_p95?"),
        ("latency>2s", "no figure is called latency"),
        ("ttft_p95=2.5s", "is no condition"),
        ("ttft_p95>", "is no condition"),
        ("ttft_p95>2.5", "s or ms"),
        ("ttft_p95>5%", "s or ms"),
        ("success<99s", "success<99%"),
        ("failures>1%", "no unit"),
        ("failures>1.2.3", "is no number"),
    ],
)
def test_what_cannot_be_meant_is_said(text: str, said: str):
    with pytest.raises(DragomanError) as error:
        condition(text)
    assert said in str(error.value)
    assert text.split(">", maxsplit=1)[0] in str(error.value)


def test_it_fails_if_the_number_is_so_and_also_if_nobody_can_tell(found: LoadFigures):
    assert failed([condition("ttft_median>0.6s"), condition("success<99%"), condition("failures>1")], found) == []
    assert failed([condition("ttft_median>0.4s")], found) == ["ttft_median>0.4s: it is 0.505 s"]
    assert failed([condition("success<=99%")], found) == ["success<=99%: it is 99.00 %"]
    assert failed([condition("failures>=1")], found) == ["failures>=1: it is 1"]
    (unknown,) = failed([condition("ttft_p99>30s")], found)
    assert "ttft_p99 was not measured" in unknown
