"""Rates that hold over all gateways."""

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.runtime.errors import DragomanError
from gateway.errors import RefusedError
from gateway.gateway import connect_redis
from gateway.limits import rates
from gateway.limits.rates import Rate, counters, read_rates

SOON = "Wait, then try again."


@pytest.fixture
def name() -> str:
    """A limit that no other test uses."""
    return secrets.token_hex(4)


@pytest_asyncio.fixture
async def own(redis_url: str) -> AsyncIterator[Redis]:
    """A client as the gateway has it."""
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


def rate(redis: Redis, name: str, *items: RateLimitItem) -> Rate:
    """A limit as one gateway has it."""
    return Rate(name, list(items), counters(redis))


async def test_one_too_many_is_refused_with_when_to_try_again(own: Redis, name: str) -> None:
    limit = rate(own, name, RateLimitItemPerMinute(3))
    assert [await limit.charge("203.0.113.5") for _ in range(4)] == [True, True, True, False]
    with pytest.raises(RefusedError) as refused:
        limit.check_here("203.0.113.5", SOON)
    assert (refused.value.code, refused.value.message) == ("rate-limited", SOON)
    assert 0 < (refused.value.retry_after_ms or 0) <= 60_000


async def test_others_go_on(own: Redis, name: str) -> None:
    limit = rate(own, name, RateLimitItemPerMinute(1))
    await limit.charge("203.0.113.5")
    await limit.charge("203.0.113.5")
    await limit.check("203.0.113.6", SOON)
    assert await limit.charge("203.0.113.6")


async def test_what_one_gateway_counted_holds_at_another(own: Redis, name: str) -> None:
    one, other = (rate(own, name, RateLimitItemPerMinute(2)) for _ in range(2))
    assert await one.charge("203.0.113.5")
    await other.check("203.0.113.5", SOON)
    assert await other.charge("203.0.113.5")
    for limit in (one, other):
        with pytest.raises(RefusedError):
            await limit.check("203.0.113.5", SOON)


@pytest.mark.parametrize("order", [1, -1])
async def test_the_longest_of_several_windows_counts(own: Redis, name: str, order: int) -> None:
    limit = rate(own, name, *(RateLimitItemPerSecond(1), RateLimitItemPerMinute(1))[::order])
    await limit.charge("203.0.113.5")
    with pytest.raises(RefusedError) as refused:
        await limit.check("203.0.113.5", SOON)
    assert (refused.value.retry_after_ms or 0) > 1000


async def test_after_the_time_that_was_said_there_is_room_again(own: Redis, name: str) -> None:
    limit = rate(own, name, RateLimitItemPerSecond(1))
    await limit.charge("203.0.113.5")
    while not await limit.charge("203.0.113.5"):  # Redis has the clock
        pass
    assert not await limit.charge("203.0.113.5")


async def test_redis_holds_no_address_and_forgets_what_it_holds(own: Redis, redis: Redis, name: str) -> None:
    await rate(own, name, RateLimitItemPerMinute(3)).charge("203.0.113.5")
    keys = [key.decode() async for key in redis.scan_iter(f"*{name}*")]
    assert len(keys) == 1
    assert "203.0.113.5" not in keys[0]
    assert 0 < await redis.ttl(keys[0]) <= 60


async def test_without_redis_it_says_so_and_refuses_nobody_for_it(name: str) -> None:
    away = connect_redis("redis://127.0.0.1:1/0")
    limit = rate(away, name, RateLimitItemPerMinute(3))
    for asked in (limit.charge("203.0.113.5"), limit.check("203.0.113.5", SOON)):
        with pytest.raises(RedisError):
            await asked
    limit.check_here("203.0.113.5", SOON)
    await away.aclose()


async def test_what_is_remembered_here_is_bounded(own: Redis, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting is safe: Redis knows it all the same."""
    monkeypatch.setattr(rates, "MOST_KNOWN", 2)
    limit = rate(own, name, RateLimitItemPerMinute(1))
    for last in range(5):
        await limit.charge(f"203.0.113.{last}")
        await limit.charge(f"203.0.113.{last}")
    assert len(limit._used_up) <= 2
    with pytest.raises(RefusedError):
        await limit.check("203.0.113.0", SOON)


def test_a_rate_can_be_several_or_none() -> None:
    assert [str(item) for item in read_rates("ticket_rate", "10/minute, 60/hour")] == [
        "10 per 1 minute",
        "60 per 1 hour",
    ]
    assert read_rates("ticket_rate", "none") == []


@pytest.mark.parametrize("text", ["", "often", "0/minute", "10", "-1/hour", "10/fortnight"])
def test_a_rate_that_is_none_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(DragomanError, match="DRAGOMAN_TICKET_RATE") as refused:
        read_rates("ticket_rate", text)
    assert "\n" not in str(refused.value)
    assert "30/minute" in str(refused.value)
