"""Weights and time limits, as they are written by hand."""

import pytest

from dragoman.load.profiles import profiles
from dragoman.load.scenarios import TIMEOUTS_S, timeouts, weighted
from dragoman.runtime.errors import DragomanError


def test_weights_become_shares_and_none_at_all_is_simple():
    assert weighted({"simple": 3, "interruptions": 1, "false-alarms": 0}) == {"simple": 0.75, "interruptions": 0.25}
    assert weighted({"simple": 0, "interruptions": 0}) == {"simple": 1.0}
    with pytest.raises(DragomanError, match="0 or more"):
        weighted({"simple": -1})


def test_a_time_limit_is_that_of_its_scenario_and_the_others_stay():
    assert timeouts(["simple=5", "slow-engine=90s"]) == TIMEOUTS_S | {"simple": 5.0, "slow-engine": 90.0}


@pytest.mark.parametrize(
    ("given", "said"), [("simpel=5", "simple"), ("simple=soon", "simple=30"), ("simple=0", "more than 0"), ("5", "5")]
)
def test_a_time_limit_that_cannot_be_is_said(given: str, said: str):
    with pytest.raises(DragomanError, match=said):
        timeouts([given])


def test_profiles_are_those_that_are_named():
    assert [each.name for each in profiles("meeting, lecture")] == ["meeting", "lecture"]
    for wrong in ("meting", "", ","):
        with pytest.raises(DragomanError, match="light, normal, power, meeting, lecture"):
            profiles(wrong)
