"""The faults: which may meet, and that what they put into topics is poison."""

import pytest

from schemas import wire
from schemas.topics import STAGES
from schemas.wire import UndecodableError
from tests.chaos.faults import FAULTS, OUTAGES, POISON, POISON_HEADERS, stormy


def test_one_process_has_one_trouble_at_a_time() -> None:
    assert stormy(["kill-translate", "redis-empty", "speaker-reset"])
    assert not stormy(["kill-translate", "away-translate", "speaker-reset"])
    assert not stormy(["redis-kill", "redis-empty", "kill-gateway"])
    assert not stormy(["poison-audio", "kill-gateway", "kafka-kill"])


def test_nothing_else_happens_in_an_outage() -> None:
    assert stormy(["redis-kill", "away-gateway", "kafka-kill"])
    for outage in OUTAGES:
        assert outage in FAULTS
        assert not stormy([outage, "kill-gateway", "speaker-reset"])


@pytest.mark.parametrize("topic", sorted({topic for read in STAGES.values() for topic in read}))
def test_nobody_can_read_a_poison_record(topic: str) -> None:
    assert f"poison-{topic}" in FAULTS
    with pytest.raises(UndecodableError):
        wire.decode(topic, POISON, POISON_HEADERS)
