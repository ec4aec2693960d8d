"""The goals of recovery: which fault has which, and when it is met."""

from tests.chaos.goals import Goal, goal_after
from tests.chaos.stack import SESSION_TIMEOUT_S


def test_each_kind_of_fault_has_the_goal_that_was_promised() -> None:
    away = SESSION_TIMEOUT_S + 2
    assert goal_after("kill-translate") == Goal(3, 3, 0.5)
    assert goal_after("kill-translate", embedded=True) == Goal(3, 6, 0.5)
    assert goal_after("away-broadcast") == Goal(away, away)
    assert goal_after("kill-gateway") == goal_after("away-gateway") == Goal(3, 3)
    assert goal_after("kills-translate") == Goal(3, 3)
    for other in ("calm", "storm", "kafka-kill", "kafka-away", "term-translate", "sick-translate"):
        assert goal_after(other) is None


def test_a_goal_is_met_when_nobody_waited_longer_than_it_says() -> None:
    goal = Goal(3, 6, 0.5)
    assert goal.met([1, 3, 6], [0.5])
    assert not goal.met([1, 3, 6.1], [])
    assert not goal.met([3.1, 3.1, 3.2], [])
    assert not goal.met([], [0.6])


def test_a_goal_without_a_word_about_others_does_not_measure_them() -> None:
    assert Goal(3, 3).met([3], [60])
