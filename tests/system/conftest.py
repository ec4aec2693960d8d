"""What system tests share: one `dragoman up` with the embedded engines, for all of them."""

from collections.abc import Iterator

import pytest

from tests.system.machine import Machine, machine
from tests.workers.conftest import broker

__all__ = ["broker"]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A whole system that is ready; tests tell their sessions apart by code."""
    with machine(tmp_path_factory.mktemp("stack")) as up:
        up.read_until("ready")
        yield up
