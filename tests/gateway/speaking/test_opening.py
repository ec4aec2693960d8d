"""How a session gets its code."""

import random

import pytest
from redis.asyncio import Redis

from gateway.errors import unavailable
from gateway.sessions.codes import new_code
from gateway.speaking import opening
from schemas.channels import code_key
from tests.gateway.client import Connect, StartGateway, created


async def test_a_code_that_is_taken_is_drawn_again(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, _ = await created(await connect())
    free = new_code()
    drawn = iter((taken, taken, free))
    monkeypatch.setattr(opening, "new_code", lambda: next(drawn))
    code, _ = await created(await connect())
    assert code == free


async def test_a_session_that_is_one_too_many_leaves_nothing(
    start_gateway: StartGateway, connect: Connect, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await start_gateway(trusted_proxies="127.0.0.1", sessions_per_address=1)
    address = f"198.18.{random.randrange(256)}.{random.randrange(256)}"
    speaker, second = await connect(gateway, address=address), await connect(gateway, address=address)
    await created(speaker)
    code = new_code()
    monkeypatch.setattr(opening, "new_code", lambda: code)
    assert (await second.ask("createSession", sourceLanguage="en"))["code"] == "rate-limited"
    assert not await redis.exists(code_key(code))
    assert gateway.parts
    assert len(gateway.parts.here) == 1


async def test_a_session_that_did_not_come_to_be_does_not_count(
    start_gateway: StartGateway, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await start_gateway(trusted_proxies="127.0.0.1", sessions_per_address=1)
    assert gateway.parts
    speaker = await connect(gateway, address=f"198.18.{random.randrange(256)}.{random.randrange(256)}")
    with monkeypatch.context() as away:
        away.setattr(gateway.parts.log, "deliver", kafka_away)
        assert (await speaker.ask("createSession", sourceLanguage="en"))["code"] == "unavailable"
    await created(speaker)


async def kafka_away(*_: object) -> None:
    """In place of a delivery."""
    raise unavailable()
