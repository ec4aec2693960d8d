"""What a worker counts follows from what its stage emits."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas.messages import Usage
from schemas.topics import USAGE
from workers.metrics import count
from workers.stage import Emit


def lingered(stage: str) -> float:
    """Segments so far."""
    return REGISTRY.get_sample_value("dragoman_linger_segments_total", {"stage": stage}) or 0.0


def usage(**members: Any) -> Emit:
    """A call of translate."""
    fields: dict[str, Any] = {"engine": "scripted", "language": "en", "segment": 0, "final": True, "outcome": "ok"}
    return Emit(USAGE, Usage(stage="translate", at=0, **(fields | members)), awaited=False)


@pytest.mark.parametrize(
    ("members", "counted"),
    [
        ({"lingering": True}, 1),
        ({"lingering": False}, 0),
        ({"lingering": True, "outcome": "failed"}, 0),
        ({"lingering": True, "final": False}, 0),
    ],
)
def test_a_segment_that_was_made_only_for_those_who_are_away_is_counted(members: dict[str, Any], counted: int) -> None:
    before = lingered("translate")
    count("translate", usage(**members), 0)
    assert lingered("translate") - before == counted
