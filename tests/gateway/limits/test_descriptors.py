"""How many files the system lets the gateway have open."""

import resource

import pytest
from structlog.testing import capture_logs

from gateway.limits.descriptors import BESIDE, raise_descriptors


class System:
    """A system with a limit, in place of the real one."""

    def __init__(self, soft: int, hard: int) -> None:
        self.limit = (soft, hard)

    def getrlimit(self, _: int) -> tuple[int, int]:
        """As `resource` says it."""
        return self.limit

    def setrlimit(self, _: int, limit: tuple[int, int]) -> None:
        """As `resource` takes it."""
        self.limit = limit


@pytest.mark.parametrize(
    ("limit", "becomes", "warnings"),
    [
        ((1024, 65_536), (1000 + BESIDE, 65_536), 0),
        ((1024, resource.RLIM_INFINITY), (1000 + BESIDE, resource.RLIM_INFINITY), 0),
        ((65_536, 65_536), (65_536, 65_536), 0),
        ((512, 1024), (1024, 1024), 1),
    ],
)
def test_a_gateway_takes_what_its_sockets_need_or_says_that_it_cannot(
    monkeypatch: pytest.MonkeyPatch, limit: tuple[int, int], becomes: tuple[int, int], warnings: int
) -> None:
    system = System(*limit)
    monkeypatch.setattr(resource, "getrlimit", system.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", system.setrlimit)
    with capture_logs() as logged:
        raise_descriptors(1000)
    assert system.limit == becomes
    assert [line["event"] for line in logged] == ["gateway.few_descriptors"] * warnings
