"""A real gateway on real Kafka and Redis, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import msgspec
import pytest_asyncio
from redis.asyncio import Redis

from dragoman.runtime.settings import Settings
from gateway.gateway import Gateway
from schemas.languages import Abilities, abilities_key
from tests.gateway.client import Client, Connect, StartGateway
from tests.gateway.reader import Readers

UNLIMITED: dict[str, Any] = {
    "ticket_rate": "none",
    "failed_join_rate": "none",
    "failed_handshake_rate": "none",
    "session_rate": "none",
    "sessions_per_address": 0,
    "sessions_per_owner": 0,
}
"""All tests share one address and one Redis."""


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of the tests' Redis, in which workers of all stages said what they can do."""
    client = Redis.from_url(redis_url, protocol=2)
    for stage, languages in {
        "transcribe": {"en": []},
        "translate": {"en": ["es", "ca", "fr"]},
        "synthesize": {"*": ["es", "ca"]},
    }.items():
        await client.set(abilities_key(stage), msgspec.json.encode(Abilities(languages=languages)))
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def start_gateway(kafka: str, redis_url: str, redis: Redis) -> AsyncIterator[StartGateway]:
    """Starts gateways on free ports, with the tests' secret, and stops them."""
    async with AsyncExitStack() as stack:

        async def start(ready: bool = True, **changes: Any) -> Gateway:
            settings: dict[str, Any] = {"kafka": kafka, "redis": redis_url, "port": 0, "operator_port": 0}
            settings |= {"secret": "the tests' own secret of 32 bytes"} | UNLIMITED | changes
            gateway = Gateway(Settings(**settings))
            await gateway.start()
            stack.push_async_callback(gateway.stop)
            while ready and gateway.missing():  # noqa: ASYNC110  # the state is made of probes
                await asyncio.sleep(0.02)
            return gateway

        yield start


@pytest_asyncio.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    """One gateway."""
    return await start_gateway()


@pytest_asyncio.fixture
async def readers(gateway: Gateway) -> AsyncIterator[Readers]:
    """Opens streams of captions, and closes them."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield Readers(http, gateway)


@pytest_asyncio.fixture
async def connect(gateway: Gateway) -> AsyncIterator[Connect]:
    """Opens sockets, of `gateway` unless another one is named."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def open_socket(to: Gateway | None = None, *, binary: bool = False, address: str = "") -> Client:
            protocols = ("dragoman.v1",) if binary else ()
            socket = await http.ws_connect(
                f"{(to or gateway).url}/ws",
                protocols=protocols,
                max_msg_size=0,
                headers={"X-Forwarded-For": address} if address else {},
            )
            stack.push_async_callback(socket.close)
            return Client(socket)

        yield open_socket
