import asyncio

import pytest
from redis.asyncio import Redis

from dragoman.local.ports import free_ports
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.reach import kafka_trouble, redis_trouble, until_fine


async def test_servers_that_work_are_fine(kafka: str, redis_url: str) -> None:
    assert await kafka_trouble(kafka) == ""
    assert await redis_trouble(redis_url) == ""


async def test_one_broker_of_several_is_enough(kafka: str) -> None:
    (closed,) = free_ports(1)
    assert await kafka_trouble(f"127.0.0.1:{closed},{kafka}") == ""


async def test_a_redis_that_may_evict_is_refused_with_the_command_that_mends_it(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "config set maxmemory-policy noeviction" in await redis_trouble(redis_url)
        finally:
            await redis.config_set("maxmemory-policy", "noeviction")


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "127.0.0.1", "no such:name", ":"])
async def test_a_kafka_that_is_not_there_is_one_line(address: str) -> None:
    trouble = await kafka_trouble(address.format(port=free_ports(1)[0]))
    assert trouble.startswith("Kafka does not answer at ")


async def test_a_server_that_is_no_kafka_is_one_line() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        trouble = await kafka_trouble(address)
    assert trouble.startswith(f"Kafka at {address} does not work")
    assert "\n" not in trouble


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/0", "127.0.0.1:{port}", "redis://127.0.0.1:{port}/x"])
async def test_a_redis_that_is_not_there_is_one_line(url: str) -> None:
    trouble = await redis_trouble(url.format(port=free_ports(1)[0]))
    assert "Redis" in trouble or "REDIS" in trouble
    assert "\n" not in trouble


async def test_waiting_ends_with_what_is_wrong() -> None:
    async def probe() -> str:
        return "it is broken"

    with pytest.raises(DragomanError, match="it is broken"):
        await until_fine(probe, 0)


async def test_waiting_ends_when_nothing_is_wrong_any_more() -> None:
    troubles = ["not yet", "not yet", ""]

    async def probe() -> str:
        return troubles.pop(0)

    await until_fine(probe, 20)
    assert troubles == []


async def test_no_password_is_shown() -> None:
    (port,) = free_ports(1)
    trouble = await redis_trouble(f"redis://:geheim@127.0.0.1:{port}/0")
    assert f"redis://127.0.0.1:{port}/0" in trouble
    assert "geheim" not in trouble
