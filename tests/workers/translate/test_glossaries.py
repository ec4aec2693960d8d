"""A session's terms, from the record that the gateways keep in the real Redis."""

from typing import Any
from uuid import uuid4

import msgspec
from redis.asyncio import Redis

from schemas.channels import session_key
from schemas.messages import Session
from workers.translate.glossaries import RedisGlossaries


async def keep(redis: Redis, session_id: str, at: int, **changed: Any) -> None:
    """Writes the record as a gateway does."""
    session = Session(
        session_id=session_id,
        code="calm-otter-1",
        source_language="en",
        partition=0,
        created_at=1,
        updated_at=at,
        **changed,
    )
    fields = {"record": msgspec.json.encode(session), "updated_at": at}
    await redis.hset(session_key(session_id), mapping=fields)  # type: ignore[misc, arg-type]


async def test_the_terms_are_those_of_the_newest_record(redis: Redis) -> None:
    session_id, glossaries = f"terms-{uuid4().hex}", RedisGlossaries(redis)
    assert (await glossaries.of(session_id)).into("es").spans("we met") == []
    await keep(redis, session_id, 1, glossary={"met": {"es": "NO"}})
    assert (await glossaries.of(session_id)).into("es").spans("we met") == [(3, 6, "NO")]
    await keep(redis, session_id, 2)
    assert (await glossaries.of(session_id)).into("es").spans("we met") == []


async def test_a_record_is_read_once_in_each_version(redis: Redis) -> None:
    session_id, glossaries = f"terms-{uuid4().hex}", RedisGlossaries(redis)
    await keep(redis, session_id, 1, glossary={"met": {"es": "NO"}})
    await glossaries.of(session_id)
    await redis.hset(session_key(session_id), "record", "no record at all")  # type: ignore[misc]
    assert (await glossaries.of(session_id)).into("es").spans("we met") == [(3, 6, "NO")]
