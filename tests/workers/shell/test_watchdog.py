"""When a worker must end itself."""

import socket

import pytest

from workers.shell.answers import kafka_answers
from workers.shell.watchdog import ASK_S, Unassigned, verdict


@pytest.mark.parametrize(
    ("waiting_s", "beat_s", "stuck_s", "status"),
    [(91, 0, 0, 71), (0, 31, 0, 72), (0, 0, 301, 73), (91, 31, 301, 72)],
)
def test_a_worker_that_does_nothing_for_too_long_ends(
    waiting_s: float, beat_s: float, stuck_s: float, status: int
) -> None:
    found = verdict(waiting_s, beat_s, stuck_s)
    assert found is not None
    assert found[0] == status
    assert found[1]


def test_a_worker_that_waits_for_a_while_goes_on() -> None:
    assert verdict(90, 30, 300) is None


def test_while_kafka_does_not_answer_nobody_waits_for_partitions() -> None:
    there = [False]
    unassigned = Unassigned(lambda: there[0])
    assert unassigned.waiting_s(None, 1_000) == 0
    assert max(unassigned.waiting_s(0, now) for now in range(1_000)) <= ASK_S
    there[0] = True
    assert [unassigned.waiting_s(0, 1_000 + later) for later in (50, 91)] == pytest.approx([50, 91], abs=ASK_S + 1)
    assert unassigned.waiting_s(1_085, 1_091) == 6
    assert unassigned.waiting_s(None, 1_092) == 0


def test_a_kafka_that_is_there_answers(kafka: str) -> None:
    assert kafka_answers(f"127.0.0.1:9,{kafka}")


def test_a_port_that_takes_a_question_and_says_nothing_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        broker = f"127.0.0.1:{mute.getsockname()[1]}"
        assert not kafka_answers(broker, timeout_s=0.1)
    assert not kafka_answers(f"{broker},nonsense")
