"""The report sorts what was found by fault, measures recovery, and passes nothing that proves nothing."""

from dataclasses import replace
from pathlib import Path

from tests.chaos.report import Report
from tests.chaos.soak import STORM, Happened, Outcome
from tests.chaos.verdict import Fate, Verdict, Wrong

KILLED = Happened("kill-translate", 20.0, 21.0, 24.0, "translate-0", frozenset({1}))
CALM = Happened("calm", 10.0, 18.0, 19.0)
PARTITIONS = {"touched": 1, "spared": 2}


def fate(at: float, delay_s: float, session: str = "touched") -> Fate:
    """An utterance that came so late."""
    return Fate(session, "es", at, "once", delay_s)


def report(*fates: Fate, wrongs: tuple[Wrong, ...] = (), killed: Happened = KILLED) -> Report:
    """Of a calm that was as usual, and of a worker's death."""
    verdict = Verdict([fate(11.0, 0.5), *fates], list(wrongs))
    return Report(Outcome([CALM, killed], [verdict], PARTITIONS, [], Path("logs")))


def row(of: Report, name: str) -> str:
    """The line about one fault."""
    return next(line for line in of.lines() if line.startswith(name))


def test_a_run_passes_where_every_fault_was_felt_and_nothing_was_wrong() -> None:
    assert report(fate(22.0, 2.0)).passed
    assert list(report(fate(22.0, 2.0)).lines())[-1] == "PASS"


def test_a_fault_in_whose_time_nobody_was_judged_proves_nothing() -> None:
    unfelt = report(fate(12.0, 0.5))
    assert unfelt.unfelt == ["kill-translate"]
    assert not unfelt.passed
    assert row(unfelt, "-- kill-translate")


def test_each_time_that_a_fault_happened_must_have_been_felt() -> None:
    again = replace(KILLED, began=40.0)
    outcome = Outcome(
        [CALM, KILLED, again], [Verdict([fate(11.0, 0.5), fate(22.0, 1.0)])], PARTITIONS, [], Path("logs")
    )
    assert Report(outcome).unfelt == ["kill-translate"]


def test_a_fault_that_could_not_be_done_proves_nothing_but_in_a_storm() -> None:
    assert not report(fate(22.0, 2.0), killed=replace(KILLED, error="nobody speaks")).passed
    assert report(fate(22.0, 2.0), killed=replace(KILLED, name=STORM, error="nobody speaks")).passed


def test_a_fault_that_did_not_heal_is_a_wrong() -> None:
    unhealed = report(fate(22.0, 2.0), killed=replace(KILLED, healed=None))
    assert [wrong.kind for wrong in unhealed.wrongs["kill-translate"]] == ["broken"]
    assert not unhealed.passed


def test_a_wrong_counts_for_the_fault_in_whose_time_it_was_spoken() -> None:
    missing = Wrong("missing", "touched", "es", 0, "never came", 23.0)
    found = report(fate(22.0, 2.0), wrongs=(missing,))
    assert (found.wrongs["calm"], found.wrongs["kill-translate"]) == ([], [missing])
    assert not found.passed
    assert str(missing) in list(found.lines())


def test_recovery_is_what_came_later_than_usual_of_the_touched_and_of_the_others() -> None:
    found = report(fate(22.0, 2.5), fate(23.0, 0.7), fate(22.0, 0.9, "spared"))
    assert row(found, "kill-translate").split()[-8:] == ["2.0", "s", "2.0", "s", "0.4", "s", "3/0.5", "met"]
    assert "recovery goals met: 1 of 1" in list(found.lines())


def test_a_missed_goal_is_visible_and_fails_no_run() -> None:
    for late in (fate(22.0, 3.6), fate(22.0, 1.1, "spared")):
        found = report(fate(22.0, 2.0), late)
        assert row(found, "kill-translate").endswith("MISSED")
        assert "recovery goals met: 0 of 1; missed: kill-translate" in list(found.lines())
        assert found.passed


def test_of_a_stage_that_is_killed_over_and_over_the_wait_counts_from_the_last_kill() -> None:
    kills = replace(KILLED, name="kills-translate", over=50.0, healed=53.0)
    found = report(fate(22.0, 30.5), fate(49.0, 3.5), fate(51.0, 1.0), killed=kills)  # the first came at 52.5
    assert row(found, "kills-translate").split()[-7:-2] == ["2.0", "s", "2.0", "s", "-"]
    assert row(found, "kills-translate").endswith("met")
    assert row(report(fate(22.0, 1.0), fate(54.0, 9.0), killed=kills), "kills-translate").endswith("met")
    assert row(report(fate(22.0, 31.6), killed=kills), "kills-translate").endswith("MISSED")


def test_what_has_no_goal_is_not_counted() -> None:
    found = report(fate(22.0, 9.0), killed=replace(KILLED, name="kafka-kill"))
    assert "recovery goals met: 0 of 0" in list(found.lines())


def test_a_goal_is_not_measured_where_nobody_was_touched() -> None:
    found = report(fate(22.0, 0.6, "spared"))
    assert row(found, "kill-translate").endswith("not measured")
    assert "recovery goals met: 0 of 0" in list(found.lines())
