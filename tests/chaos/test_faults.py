"""The faults: which may meet."""

import os
import subprocess
import sys
import time

import pytest

from tests.chaos.clocks import clock
from tests.chaos.faults import FAULTS, HALVES, stormy
from tests.chaos.outages import OUTAGES


def test_one_process_has_one_trouble_at_a_time() -> None:
    assert stormy(["kill-translate", "redis-empty", "speaker-reset"])
    assert not stormy(["kill-translate", "away-translate", "speaker-reset"])
    assert not stormy(["redis-kill", "redis-empty", "kill-gateway"])
    assert not stormy(["poison-audio", "kill-gateway", "kafka-kill"])


def test_nothing_else_happens_in_an_outage() -> None:
    assert stormy(["redis-kill", "away-gateway", "kafka-kill"])
    for outage in (*OUTAGES, *HALVES, "disk-full", "jump", "full-gateway", "clauses"):
        assert outage in FAULTS
        assert not stormy([outage, "kill-gateway", "speaker-reset"])


@pytest.mark.parametrize(("offset", "hours"), [("+1h", 1), ("-1h", -1)])
def test_a_process_has_a_clock_of_its_own_and_seconds_pass_as_ever(offset: str, hours: int) -> None:
    asked = [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"]
    before = time.time(), time.monotonic()
    wall, seconds = map(float, subprocess.check_output(asked, env=os.environ | clock(offset)).split())
    assert abs(wall - before[0] - hours * 3600) < 1800
    assert before[1] <= seconds <= time.monotonic()
