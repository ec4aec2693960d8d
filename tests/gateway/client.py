"""A bare client of the gateway's sockets."""

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from gateway.gateway import Gateway

PATIENCE_S = 60.0
_MESSAGES = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


class Client:
    """A socket that keeps what it got and did not ask for yet."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.passed: list[dict[str, Any]] = []
        """Every message so far."""
        self._next = 0

    async def say(self, action: str, **members: Any) -> None:
        """Sends an action."""
        await self.socket.send_str(json.dumps({"action": action, **members}))

    async def ask(self, action: str, **members: Any) -> dict[str, Any]:
        """Sends an action and waits for its answer or error."""
        request_id = secrets.token_hex(4)
        await self.say(action, requestId=request_id, **members)
        return await self.until(lambda message: message.get("requestId") == request_id)

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is wanted, from where the last search ended."""
        while True:
            while self._next < len(self.passed):
                message = self.passed[self._next]
                self._next += 1
                if wanted(message):
                    return message
            async with asyncio.timeout(PATIENCE_S):
                frame = await self.socket.receive()
            assert frame.type in _MESSAGES, (frame.type, frame.data, self.passed)
            self.passed.append(_parsed(frame))

    async def of_type(self, kind: str) -> dict[str, Any]:
        """The next message of a type."""
        return await self.until(lambda message: message["type"] == kind)

    async def closed(self) -> int | None:
        """Waits for the end; its close code."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.socket.closed:
                frame = await self.socket.receive()
                if frame.type in _MESSAGES:
                    self.passed.append(_parsed(frame))
        return self.socket.close_code


def _parsed(frame: aiohttp.WSMessage) -> dict[str, Any]:
    if frame.type is aiohttp.WSMsgType.TEXT:
        return json.loads(frame.data)
    length = int.from_bytes(frame.data[:4], "big")
    return json.loads(frame.data[4 : 4 + length]) | {"audio": frame.data[4 + length :]}


Connect = Callable[..., Awaitable[Client]]
StartGateway = Callable[..., Awaitable[Gateway]]


async def _answered(client: Client, action: str, **members: Any) -> dict[str, Any]:
    """Sends again what was `unavailable`, as the error says: on a busy machine a server may take its time."""
    answer = await client.ask(action, **members)
    for _ in range(10):
        if answer.get("code") != "unavailable":
            break
        answer = await client.ask(action, **members)
    return answer


async def created(client: Client, **members: Any) -> tuple[str, str]:
    """Creates a session; its code and token."""
    answer = await _answered(client, "createSession", **({"sourceLanguage": "en"} | members))
    assert answer["type"] == "sessionCreated", answer
    return answer["sessionId"], answer["speakerToken"]


async def joined(client: Client, code: str, language: str = "es", **members: Any) -> dict[str, Any]:
    """Joins a session; the answer."""
    answer = await client.ask("joinSession", sessionId=code, targetLanguage=language, **members)
    assert answer["type"] == "sessionJoined", answer
    return answer


def pcm(samples: int, first: int = 0) -> bytes:
    """Samples that count up, so that each tells where it belongs."""
    return b"".join(((first + n) % 30_000).to_bytes(2, "little") for n in range(samples))


async def send_audio(client: Client, code: str, samples: int = 1600, first: int = 0, **members: Any) -> None:
    """Sends samples as base64."""
    await client.say(
        "sendAudio",
        sessionId=code,
        audioData=base64.b64encode(pcm(samples, first)).decode(),
        timestamp=round(time.time() * 1000),
        **members,
    )


async def accepted(client: Client, position: int) -> None:
    """Waits until all below `position` is acknowledged."""
    await client.until(lambda m: m["type"] == "audioAccepted" and m["position"] >= position)


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    """Waits until something is so that nothing tells."""
    async with asyncio.timeout(PATIENCE_S):
        while not await true():  # noqa: ASYNC110  # that is what it is for
            await asyncio.sleep(0.03)
