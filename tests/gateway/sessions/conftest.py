"""What tests of the listeners share."""

import pytest_asyncio
from redis.asyncio import Redis

from tests.gateway.client import Connect, created
from tests.gateway.publisher import session_id_of
from tests.gateway.sessions.asked import Scene


@pytest_asyncio.fixture
async def scene(connect: Connect, redis: Redis, kafka: str) -> Scene:
    """A session that just began."""
    speaker = await connect()
    code, _ = await created(speaker)
    return Scene(kafka, redis, speaker, code, await session_id_of(redis, code))
