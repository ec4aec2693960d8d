"""Nothing acknowledged is lost and nobody hears it twice, whatever is killed meanwhile: a short run of `make chaos`."""

import asyncio

import pytest

from tests.chaos.report import Report
from tests.chaos.soak import soak

SEED = 4
FAULTS = (
    "kill-gateway",
    "kill-transcribe",
    "kill-translate",
    "kill-synthesize",
    "kill-broadcast",
    "term-transcribe",
    "kafka-kill",
    "listener-reset",
    "reader-reset",
    "listener-alone-away",
    "redis-empty",
    "speaker-reset",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One stack and one crowd suffered all of them, one after the other."""
    data = tmp_path_factory.mktemp("chaos")
    return Report(asyncio.run(soak(data, SEED, [(fault,) for fault in FAULTS], meetings=4)))


@pytest.mark.parametrize("fault", ["calm", *FAULTS])
def test_nothing_is_lost_repeated_or_out_of_order_after(report: Report, fault: str) -> None:
    assert report.wrongs[fault] == [], "\n".join(report.lines())


def test_every_fault_was_felt_by_someone(report: Report) -> None:
    assert report.unfelt == [], "\n".join(report.lines())
    assert report.passed, "\n".join(report.lines())
