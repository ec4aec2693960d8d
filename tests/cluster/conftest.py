"""Taken only when this folder is asked for (`make test-cluster`): what it runs has to be built first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.plane import Plane, control_plane


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """It is no part of `make test`."""
    return None if any("tests/cluster" in argument for argument in config.args) else True


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A running control plane with three nodes."""
    folder: Path = tmp_path_factory.mktemp("plane")
    with control_plane(folder) as running:
        yield running
