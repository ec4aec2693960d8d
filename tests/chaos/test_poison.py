"""What the soak puts into topics is poison, in each that a stage reads."""

import pytest

from schemas import wire
from schemas.topics import STAGES
from schemas.wire import UndecodableError
from tests.chaos.faults import FAULTS
from tests.chaos.poison import HEADERS, POISON

TOPICS = sorted({topic for read in STAGES.values() for topic in read})


@pytest.mark.parametrize("topic", TOPICS)
def test_nobody_can_read_a_poison_record(topic: str) -> None:
    assert f"poison-{topic}" in FAULTS
    with pytest.raises(UndecodableError):
        wire.decode(topic, POISON, HEADERS)
