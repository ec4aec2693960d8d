"""Whether Kafka and Redis really answer, and with what they must have."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from dragoman.runtime.addresses import kafka_connection
from dragoman.runtime.errors import DragomanError

Probe = Callable[[], Awaitable[str]]
"""What is wrong, or nothing."""

_TIMEOUT_S = 5.0


async def kafka_trouble(kafka: str) -> str:
    """What is wrong with the brokers `host:port,…`, or nothing."""
    if not await _any_port_open(kafka.split(",")):
        return f"Kafka does not answer at {kafka}"
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    admin = AIOKafkaAdminClient(**kafka_connection(kafka), request_timeout_ms=int(_TIMEOUT_S * 1000))
    try:
        async with asyncio.timeout(2 * _TIMEOUT_S):
            await admin.start()
            cluster = await admin.describe_cluster()
    except (KafkaError, OSError, TimeoutError) as error:
        return f"Kafka at {kafka} does not work: {error or type(error).__name__}"
    finally:
        await admin.close()
    return "" if cluster["brokers"] else f"Kafka at {kafka} has no live broker"


async def redis_trouble(url: str) -> str:
    """What is wrong with the Redis at `url`, or nothing; one that evicts keys is wrong."""
    from redis.exceptions import RedisError

    from dragoman.runtime.redis_client import redis_client

    try:
        client = redis_client(url, socket_connect_timeout=_TIMEOUT_S, socket_timeout=_TIMEOUT_S, decode_responses=True)
    except ValueError as error:
        return f"DRAGOMAN_REDIS is not the URL of a Redis: {error}"
    try:
        await client.ping()
        policy = (await client.info("memory"))["maxmemory_policy"]  # a hosted Redis may forbid CONFIG
    except (RedisError, OSError, TimeoutError) as error:
        return f"Redis does not answer at {without_password(url)}: {error or type(error).__name__}"
    finally:
        await client.aclose()
    if policy != "noeviction":
        return f"Redis at {without_password(url)} may evict keys: redis-cli config set maxmemory-policy noeviction"
    return ""


def without_password(url: str) -> str:
    """A URL that may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


async def until_fine(probe: Probe, timeout_s: float) -> None:
    """Waits until `probe` finds nothing wrong. Raises DragomanError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while trouble := await probe():
        if time.monotonic() > deadline:
            raise DragomanError(trouble)
        await asyncio.sleep(0.05)


async def _any_port_open(addresses: list[str]) -> bool:
    for address in addresses:
        host, _, port = address.strip().rpartition(":")
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except (OSError, TimeoutError, ValueError, OverflowError):
            continue
        writer.close()
        return True
    return False
