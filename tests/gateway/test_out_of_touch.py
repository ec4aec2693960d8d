"""A gateway that Redis does not answer, while it answers others."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import languages_key, restored_key
from tests.gateway.client import Connect, StartGateway, accepted, created, eventually, joined, send_audio
from tests.gateway.publisher import session_id_of
from tests.gateway.test_outages import OwnRedis, away, own_redis

__all__ = ["own_redis"]


async def test_no_audio_is_taken_for_a_session_that_others_may_end(
    gateway: Gateway, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not see its speaker; what is taken here would stand behind the end that they write."""
    client = await connect()
    code, _ = await created(client)
    await send_audio(client, code, position=0)
    await accepted(client, 1600)
    assert gateway.parts
    monkeypatch.setattr(gateway.parts.life, "_answered", -1e6)
    monkeypatch.setattr(gateway.parts.life, "look", _no_answer)
    await send_audio(client, code, 1600, 1600, position=1600)
    error = await client.of_type("error")
    assert (error["code"], error["position"], error["retryable"]) == ("unavailable", 1600, True)
    monkeypatch.undo()
    await gateway.parts.life.look()
    await send_audio(client, code, 1600, 1600, position=1600)
    await accepted(client, 3200)


async def _no_answer(*_: Any) -> str:
    raise ConnectionError


async def test_sessions_are_not_called_restored_before_other_gateways_said_who_listens(
    own_redis: OwnRedis, start_gateway: StartGateway, connect: Connect, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else translate would take a language for one that nobody ever wanted."""
    with own_redis.run():
        await own_redis.say_abilities(redis)
        gateway, other = await start_gateway(redis=own_redis.url), await start_gateway(redis=own_redis.url)
        speaker, listener = await connect(gateway), await connect(other)
        code, _ = await created(speaker)
        await joined(listener, code)
        session_id = await session_id_of(own_redis.client, code)
    await own_redis.forget()
    await away(gateway, "not reachable: redis")
    assert other.parts
    look = other.parts.life.look

    async def late() -> str:
        """It notices later than the first one."""
        await asyncio.sleep(0.5)
        return await look()

    monkeypatch.setattr(other.parts.life, "look", late)
    with own_redis.run():
        client = own_redis.client

        async def restored() -> bool:
            return bool(await client.get(restored_key()))

        await eventually(restored)
        assert await client.sismember(languages_key(session_id), "es")  # type: ignore[misc]  # redis-py's types
        await gateway.stop()
        await other.stop()
