"""Connections that begin a request and never end it: they go, and a session beside them goes on."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel
from tests.gateway.client import PATIENCE_S, Connect, StartGateway, accepted, created, joined, send_audio
from tests.gateway.publisher import Publisher, caption, session_id_of

REQUEST_S = 1.0
MANY = 300
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)
BEGINNINGS = {
    "nothing": b"",
    "a part of a line": b"GET / HT",
    "a head without an end": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "an upgrade without an end": UPGRADE,
    "a body without an end": b"POST /api/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "a second request without an end": b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",
}


@pytest_asyncio.fixture
async def gateway(start_gateway: StartGateway) -> AsyncIterator[Gateway]:
    """A gateway with little patience."""
    yield await start_gateway(request_s=REQUEST_S)


async def begun(gateway: Gateway, beginning: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection with the beginning of a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(gateway.url).port)
    writer.write(beginning)
    return reader, writer


async def dropped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trickle: bytes = b"") -> bytes:
    """What a client gets that goes on one byte at a time, until the gateway has enough of it."""
    got = b""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with asyncio.timeout(REQUEST_S / 10):
                    read = await reader.read(65536)
                if not read:
                    break
                got += read
            except TimeoutError:
                writer.write(trickle)
            except ConnectionError:
                break
    writer.close()
    return got


@pytest.mark.parametrize("beginning", BEGINNINGS)
async def test_a_connection_that_trickles_is_dropped(gateway: Gateway, beginning: str) -> None:
    reader, writer = await begun(gateway, BEGINNINGS[beginning])
    got = await dropped(reader, writer, b"x")
    assert got.startswith(b"HTTP/1.1 404" if "second" in beginning else b"HTTP/1.1 408" if "body" in beginning else b"")
    assert gateway.connections == 0


async def test_a_session_goes_on_beside_hundreds_of_half_open_connections(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    half = [
        await begun(gateway, beginning) for _ in range(MANY // len(BEGINNINGS)) for beginning in BEGINNINGS.values()
    ]
    watching = [asyncio.create_task(dropped(*each)) for each in half]
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker)
    await joined(listener, code)
    assert gateway.connections >= MANY
    publisher = Publisher(redis, captions_channel(await session_id_of(redis, code), "es"))
    spoken = 0
    while gateway.connections > 2:
        await send_audio(speaker, code, first=spoken)
        spoken += 1600
        await accepted(speaker, spoken)
        await publisher.final(spoken, caption(spoken, "hola"))
        assert (await listener.of_type("caption"))["segment"] == spoken
        await asyncio.sleep(0.02)  # as somebody speaks
    await asyncio.gather(*watching)
    assert spoken
    assert (await listener.ask("getSessionStatus", sessionId=code))["state"] == "live"
