"""The faults: which may meet."""

from tests.chaos.faults import FAULTS, OUTAGES, stormy


def test_one_process_has_one_trouble_at_a_time() -> None:
    assert stormy(["kill-translate", "redis-empty", "speaker-reset"])
    assert not stormy(["kill-translate", "away-translate", "speaker-reset"])
    assert not stormy(["redis-kill", "redis-empty", "kill-gateway"])
    assert not stormy(["poison-audio", "kill-gateway", "kafka-kill"])


def test_nothing_else_happens_in_an_outage() -> None:
    assert stormy(["redis-kill", "away-gateway", "kafka-kill"])
    for outage in (*OUTAGES, "disk-full"):
        assert outage in FAULTS
        assert not stormy([outage, "kill-gateway", "speaker-reset"])
