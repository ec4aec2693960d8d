"""What is aimed at: met, missed or not measured, never left out."""

from dataclasses import replace

import pytest

from dragoman.load.distribution import Distribution
from dragoman.load.figures import LoadFigures
from dragoman.load.tally import Tally
from dragoman.load.targets import Inside, Target, targets
from tests.dragoman.load.conftest import Filled


def by_aim(found: LoadFigures, inside: Inside | None = None) -> dict[str, Target]:
    return {each.aim: each for each in targets(found, inside or Inside())}


def put_all(tally: Tally, ttft_s: float) -> None:
    for number in range(100):
        for figure, seconds in {"ttft": ttft_s, "total": 4.0, "control": 0.05, "connection": 0.2}.items():
            tally.add(figure, seconds, number)
    tally.succeeded["simple"] = 100


def test_what_is_under_its_limit_is_met_and_what_is_over_it_missed(filled: Filled):
    found = by_aim(filled(lambda tally: put_all(tally, 1.0)))
    assert {aim: each.verdict for aim, each in found.items()} == {
        "audio, from the socket to the log, p95": "not measured",
        "from the transcript to the beginning of its translation, p95": "not measured",
        "end to end, p95": "met",
        "control messages, p95": "met",
        "connection, mean": "missed",
        "time to first token, mean": "met",
        "time to first token, p95": "met",
        "success": "met",
    }
    assert all(each.why for each in found.values() if each.verdict == "not measured")


@pytest.mark.parametrize(("sessions", "mean", "p95"), [(20, "missed", "missed"), (21, "met", "met")])
def test_many_sessions_may_take_longer(filled: Filled, sessions: int, mean: str, p95: str):
    found = filled(lambda tally: put_all(tally, 2.5 - 1e-9 if sessions == 21 else 2.5))
    aims = by_aim(replace(found, shape=replace(found.shape, concurrency=sessions)))
    assert (aims["time to first token, mean"].verdict, aims["time to first token, p95"].verdict) == (mean, p95)


def test_too_few_samples_are_no_success_of_anything(filled: Filled):
    found = by_aim(filled(lambda tally: tally.add("ttft", 0.1)))
    assert found["time to first token, p95"].why == "too few samples"
    assert found["end to end, p95"].why == "nothing came"
    assert found["success"].verdict == "not measured"


def test_what_only_the_inside_knows_is_judged_where_it_was_read(filled: Filled):
    run = filled(lambda tally: put_all(tally, 1.0))
    audio, forwarded = list(by_aim(run, Inside(0.05, Distribution.of([0.01] * 60))).values())[:2]
    assert (audio.verdict, forwarded.verdict) == ("met", "met")
    audio, forwarded = list(by_aim(run, Inside(0.1, Distribution.of([0.2] * 60))).values())[:2]
    assert (audio.verdict, forwarded.verdict, forwarded.value) == ("missed", "missed", 0.2)
    _, few = list(by_aim(run, Inside(0.1, Distribution.of([0.2] * 6))).values())[:2]
    assert (few.verdict, few.why) == ("not measured", "too few finals")
