"""The figures of a load, by name."""

import json

import pytest

from dragoman.load.figures import NAMES, LoadFigures
from dragoman.load.tally import Tally
from tests.dragoman.load.conftest import Filled


def test_every_number_has_a_name_and_what_was_not_measured_is_none(found: LoadFigures):
    numbers = {name: found.value(name) for name in NAMES}
    assert numbers["success"] == 0.99
    assert numbers["failures"] == 1
    assert numbers["ttft_median"] == pytest.approx(0.505)
    assert numbers["ttft_max"] == 20.0
    assert numbers["ttft_p99"] is None, "100 utterances are too few"
    assert numbers["connection_p95"] is None
    assert numbers["total_mean"] is None
    with pytest.raises(KeyError):
        found.value("ttft_p50")


def test_what_did_not_come_stands_at_the_limit_and_is_counted(found: LoadFigures):
    assert found.unanswered == {"ttft": 1}
    assert found.figures["ttft"].count == 100


def test_outcomes_are_by_scenario_the_most_frequent_failure_first(filled: Filled):
    def put(tally: Tally) -> None:
        tally.succeeded["simple"] = 7
        tally.failed["simple", "timeout"] = 1
        tally.failed["simple", "missed"] = 2
        tally.failed["interruptions", "timeout"] = 3

    found = filled(put)
    assert (found.requests, found.success) == (13, 7 / 13)
    assert found.scenarios["simple"].failed == {"missed": 2, "timeout": 1}
    assert list(found.scenarios["simple"].failed) == ["missed", "timeout"]
    assert (found.scenarios["interruptions"].requests, found.scenarios["interruptions"].succeeded) == (3, 0)


def test_an_unknown_figure_is_an_error_at_once():
    with pytest.raises(KeyError):
        Tally().add("tttf", 1.0)


def test_all_of_it_is_json(found: LoadFigures):
    read = json.loads(json.dumps(found.as_dict()))
    assert read["format"] == 1
    assert read["shape"]["concurrency"] == 2
    assert read["figures"]["ttft"]["p95"] == found.value("ttft_p95")
    assert len(read["samples"]["ttft"]) == 100
    assert (read["bytes_sent"], read["bytes_received"]) == (1_000, 2_000)
