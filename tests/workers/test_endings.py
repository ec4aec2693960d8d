"""What the end of an engine's process says about the input that it worked on."""

import signal

import pytest

from workers.endings import ENDS, KILLS, Tries, ending
from workers.errors import EngineCrashed, EngineEnded, EngineKilled, EngineRefused


@pytest.mark.parametrize("status", [-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, 0, 1, 139])
def test_a_process_that_ended_by_itself_is_evidence_against_what_it_worked_on_alone(status: int) -> None:
    assert type(ending(status, alone=True)) is EngineEnded
    assert type(ending(status, alone=False)) is EngineKilled


@pytest.mark.parametrize("status", [-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGPIPE])
def test_a_signal_from_outside_is_evidence_against_nobody(status: int) -> None:
    assert type(ending(status, alone=True)) is EngineKilled


@pytest.mark.parametrize("status", [126, 127])
def test_a_program_that_is_not_there_did_not_end(status: int) -> None:
    assert type(ending(status, alone=True)) is EngineCrashed


def test_after_three_proven_ends_an_input_is_given_up() -> None:
    tries = Tries()
    for _ in range(ENDS - 1):
        tries.count(ending(-signal.SIGSEGV, alone=True))
        tries.count(ending(-signal.SIGKILL, alone=True))
    assert not tries.over
    tries.count(ending(-signal.SIGSEGV, alone=True))
    assert tries.over
    assert tries.gave_up == "ended its engine's process 3 times (SIGSEGV)"


def test_what_others_ended_is_tried_often_and_never_given_up() -> None:
    tries = Tries()
    for _ in range(KILLS):
        assert not tries.over
        tries.count(EngineKilled())
    assert tries.over
    assert not tries.gave_up


def test_any_other_error_is_tried_once_more_if_it_may_pass() -> None:
    tries = Tries()
    tries.count(EngineCrashed())
    assert not tries.over
    tries.count(EngineCrashed())
    assert tries.over
    refused = Tries()
    refused.count(EngineRefused())
    assert refused.over
    assert not tries.gave_up + refused.gave_up
