"""What tests of the workers share."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.workers.worker_process import Kafka, connected


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[Kafka]:
    """The test's own view of the real broker."""
    async with connected(kafka) as broker:
        yield broker


@pytest.fixture
def session_id() -> str:
    """A session that no other test uses."""
    return f"brave-heron-{uuid4().hex[:6]}"
