"""A bare reader of the gateway's streams of captions."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from gateway.gateway import Gateway
from tests.gateway.client import PATIENCE_S


@dataclass
class Reader:
    """A stream that keeps what it got and did not ask for yet, as an EventSource does."""

    response: aiohttp.ClientResponse
    last_event_id: str = ""
    """What an EventSource would come back with."""
    retry_ms: int | None = None
    comments: list[str] = field(default_factory=list)
    passed: list[dict[str, Any]] = field(default_factory=list)
    """Every message so far."""
    ids: list[str] = field(default_factory=list)
    """What `last_event_id` was behind each of them."""
    _next: int = 0

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is wanted, from where the last search ended."""
        async with asyncio.timeout(PATIENCE_S):  # signs of life come all the time
            while True:
                while self._next < len(self.passed):
                    message = self.passed[self._next]
                    self._next += 1
                    if wanted(message):
                        return message
                assert await self.block(), self.passed

    async def of_type(self, kind: str) -> dict[str, Any]:
        """The next message of a type."""
        return await self.until(lambda message: message["type"] == kind)

    async def text(self, text: str) -> dict[str, Any]:
        """The next caption with this text."""
        return await self.until(lambda message: message.get("text") == text)

    async def ended(self) -> None:
        """Reads to the end."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.block():
                pass

    async def reached(self, event_id: str) -> None:
        """Reads until it would come back with this id."""
        async with asyncio.timeout(PATIENCE_S):
            while self.last_event_id != event_id:
                assert await self.block(), self.passed

    @property
    def texts(self) -> list[str]:
        """The captions so far."""
        return [message["text"] for message in self.passed if message["type"] == "caption"]

    async def block(self) -> bool:
        """Reads up to the next empty line; False at the end."""
        data = ""
        while True:
            line = (await self.response.content.readline()).decode()
            if not line:
                return False
            name, _, value = line.rstrip("\n").partition(":")
            value = value.removeprefix(" ")
            if line == "\n":
                break
            if not name:
                self.comments.append(value)
            elif name == "id":
                self.last_event_id = value
            elif name == "retry":
                self.retry_ms = int(value)
            else:
                assert name == "data", line
                data += value
        if data:
            self.passed.append(json.loads(data))
            self.ids.append(self.last_event_id)
        return True


def url_of(gateway: Gateway | str, code: str) -> str:
    """Where the captions of a session are, at a gateway or its URL."""
    return f"{gateway if isinstance(gateway, str) else gateway.url}/api/sessions/{code}/captions"


class Readers:
    """Opens streams of `gateway`, unless another one is named by its URL."""

    def __init__(self, http: aiohttp.ClientSession, gateway: Gateway | str) -> None:
        self._http, self._gateway = http, gateway

    async def ask(
        self, code: str, language: str = "es", *, at: str = "", after: str = "", **query: Any
    ) -> aiohttp.ClientResponse:
        """The answer, whatever it is; `after`: as an EventSource comes back."""
        headers = query.pop("headers", {}) | ({"Last-Event-ID": after} if after else {})
        members = {"language": language} | query
        return await self._http.get(url_of(at or self._gateway, code), params=members, headers=headers)

    async def read(self, code: str, language: str = "es", **members: Any) -> Reader:
        """A stream that has begun."""
        response = await self.ask(code, language, **members)
        assert response.status == 200, await response.text()
        assert response.content_type == "text/event-stream"
        return Reader(response)
