"""Thousands of hostile messages over many sockets, while a session goes on beside them."""

import asyncio
import json
import logging
import random
import struct
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from structlog.testing import capture_logs

from gateway.gateway import Gateway
from schemas.channels import captions_channel
from tests.gateway.client import Client, Connect, StartGateway, accepted, created, eventually, joined, pcm
from tests.gateway.hostile import Hostile
from tests.gateway.publisher import Publisher, caption, session_id_of

SOCKETS = 25
EACH = 400
SECRETS = ("a-title-of-the-others", "4711-pin", "word-of-the-others")
REQUESTS = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: dragoman.v1\r\n"
    b"X-Forwarded-For: 203.0.113.5\r\nConnection: close\r\n\r\n",
    b"GET /api/sessions/calm-otter-100 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"POST /api/tickets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"1\r\n{\r\n0\r\n\r\n",
    b"GET /static/listen/listen.js?x=1 HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n",
)
FREE: dict[str, Any] = {"messages_per_s": 1e9, "failed_handshake_rate": "none"}
"""Limits would keep most of it away from what is tested here."""


class Attacker:
    """A hostile client that connects again whenever it is thrown out."""

    def __init__(self, gateway: Gateway, seed: int, other_code: str) -> None:
        self._gateway, self._ideas = gateway, Hostile(seed, other_code)
        self._binary = seed % 2 == 0
        self.sent = 0
        self.codes: list[int | None] = []
        """The close codes that it got."""
        self.errors: list[str] = []
        self.answers: set[str] = set()
        """The kinds of messages that it got."""

    async def run(self) -> None:
        """Sends all of it."""
        async with aiohttp.ClientSession() as http:
            while self.sent < EACH:
                protocols = ("dragoman.v1",) if self._binary else ()
                socket = await http.ws_connect(f"{self._gateway.url}/ws", protocols=protocols, max_msg_size=0)
                reading = asyncio.create_task(self._read(socket))
                with suppress(ConnectionError):
                    await self._send(socket)
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await asyncio.shield(reading)
                await socket.close()
                await reading
                self.codes.append(socket.close_code)

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while self.sent < EACH and not socket.closed:
            self.sent += 1
            if self.sent % 80 == 0 and socket._response.connection and socket._response.connection.transport:
                socket._response.connection.transport.write(self._ideas.frame())
                return
            message = self._ideas.message()
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_frame(message.encode("utf-8", "surrogatepass"), aiohttp.WSMsgType.TEXT)
            if self.sent % 10 == 0:
                await asyncio.sleep(0.01)  # lets the answers come

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                answer = json.loads(frame.data)
                self.answers.add(answer.get("code") or answer["type"])
                if answer["type"] == "error":
                    self.errors.append(frame.data)
                if answer["type"] == "sessionCreated":
                    self._ideas.code, self._ideas.token = answer["sessionId"], answer["speakerToken"]


class Talk:
    """A session of people who mean no harm."""

    def __init__(self, speaker: Client, listener: Client, code: str, publisher: Publisher) -> None:
        self.speaker, self.listener, self.code, self.publisher = speaker, listener, code, publisher
        self.segments = 0

    async def go_on(self) -> None:
        """Speaks and publishes until it is cancelled."""
        while True:
            frame = struct.pack(">QQ", self.segments * 1600, 1) + pcm(1600)
            await self.speaker.socket.send_bytes(frame)
            self.segments += 1
            await self.publisher.final(self.segments, caption(self.segments, "hola"))
            await asyncio.sleep(0.05)

    async def check(self) -> None:
        """All captions came, in order, and all audio is durable."""
        got = [(await self.listener.of_type("caption"))["segment"] for _ in range(self.segments)]
        assert got == list(range(1, self.segments + 1))
        await accepted(self.speaker, self.segments * 1600)
        assert (await self.listener.ask("getSessionStatus", sessionId=self.code))["state"] == "live"


async def begun(connect: Connect, gateway: Gateway, redis: Redis) -> Talk:
    """A session with a PIN, a speaker and a listener."""
    speaker, listener = await connect(gateway, binary=True), await connect(gateway)
    title, pin, word = SECRETS
    code, _ = await created(speaker, title=title, listeners="pin", pin=pin, vocabulary=[word])
    await joined(listener, code, pin=pin)
    channel = captions_channel(await session_id_of(redis, code), "es")
    return Talk(speaker, listener, code, Publisher(redis, channel))


@pytest.mark.parametrize("seed", [1])
async def test_hostile_messages_harm_nobody_else(
    start_gateway: StartGateway, connect: Connect, redis: Redis, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    gateway = await start_gateway(**FREE)
    assert gateway.parts
    talk = await begun(connect, gateway, redis)
    attackers = [Attacker(gateway, seed * 1000 + number, talk.code) for number in range(SOCKETS)]
    with capture_logs() as logged:
        talking = asyncio.create_task(talk.go_on())
        await asyncio.gather(*(attacker.run() for attacker in attackers))
        talking.cancel()
        await talk.check()

    here = gateway.parts.here

    async def all_gone() -> bool:
        return len(gateway._peers) == 2 and len(here) == 1

    await eventually(all_gone)
    assert sum(attacker.sent for attacker in attackers) == SOCKETS * EACH
    faults = [line for line in logged if line["log_level"] in ("error", "critical")]
    assert not faults, faults[0]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not [code for attacker in attackers for code in attacker.codes if code == 1011]
    told = "".join(error for attacker in attackers for error in attacker.errors)
    assert not [secret for secret in SECRETS if secret in told]
    reached = set.union(*(attacker.answers for attacker in attackers))
    assert "caption" not in reached
    assert {"sessionCreated", "sessionJoined", "bad-message", "forbidden", "bad-audio", "wrong-state"} <= reached, (
        reached
    )


async def test_what_is_no_http_gets_an_answer_at_most(
    gateway: Gateway, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither an error is logged, which would fill the log, nor anybody disturbed."""
    client, before = await connect(), REGISTRY.get_sample_value("dragoman_gateway_bad_requests_total") or 0
    port = urlsplit(gateway.url).port
    ideas = random.Random(1)
    with capture_logs() as logged:
        for _ in range(300):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_request(ideas))
            writer.write_eof()
            with suppress(ConnectionError):
                answer = await reader.read()
                assert not answer.startswith(b"HTTP/1.1 5"), answer
                assert b"Traceback" not in answer
            writer.close()
    assert not [line for line in logged if line["log_level"] in ("error", "critical")]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (REGISTRY.get_sample_value("dragoman_gateway_bad_requests_total") or 0) > before
    assert (await client.ask("heartbeat"))["type"] == "heartbeatAck"


def _request(ideas: random.Random) -> bytes:
    """An upgrade or a question with something wrong, or noise."""
    head = ideas.choice(REQUESTS)
    at = ideas.randrange(len(head))
    noise = ideas.choice(
        (ideas.randbytes(ideas.randrange(1, 20)), b"\r\n", b"\x00", b"A" * 9000, b"%", b"/../", b"\xff")
    )
    return ideas.choice((head[:at] + noise + head[at:], head[:at] + noise + head[at + len(noise) :], noise * 3))
