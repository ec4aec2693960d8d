"""Who reads captions by server-sent events, as a browser does: it knows the id of the last event, and comes back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import msgspec

from dragoman.client.errors import GatewayUnreachable
from dragoman.client.listener import Missed
from schemas.socket import Caption, SessionEnded, SessionJoined

QUIET_S = 25.0
"""Signs of life come every 10 s."""
_OVER = ("session-ended", "session-not-found")


class Reader:
    """Reads one language of a session; iterate `messages`. Nothing that comes twice is dropped here."""

    def __init__(self, url: str, code: str, language: str, *, patience_s: float) -> None:
        self._url, self._language, self._patience_s = f"{url}/api/sessions/{code}/captions", language, patience_s
        self._last_event_id = ""
        self._retry_s = 1.0
        self._seen = ""
        """The id of the last caption, which the next one must name."""

    async def messages(self) -> AsyncIterator[Caption | Missed | SessionEnded]:
        """Everything that comes, until the session has ended. Raises GatewayUnreachable."""
        give_up = time.monotonic() + self._patience_s
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=QUIET_S, sock_read=QUIET_S)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while time.monotonic() < give_up:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with http.get(
                        self._url, params={"language": self._language}, headers=self._place()
                    ) as answer:
                        if answer.status == 204 or (answer.status != 200 and (await answer.json())["code"] in _OVER):
                            return
                        async for event in self._events(answer.content if answer.status == 200 else None):
                            give_up = time.monotonic() + self._patience_s
                            for told in self._told(event):
                                yield told
                                if isinstance(told, SessionEnded):
                                    return
                await asyncio.sleep(self._retry_s)
        raise GatewayUnreachable(self._url, "for too long")

    def _place(self) -> dict[str, str]:
        return {"Last-Event-ID": self._last_event_id} if self._last_event_id else {}

    async def _events(self, content: aiohttp.StreamReader | None) -> AsyncIterator[bytes]:
        """The data of each event. What was cut off in the middle counts for nothing, nor does its id."""
        block: dict[str, bytes] = {}
        while content and (line := await content.readline()):
            name, _, value = line.rstrip(b"\n").partition(b":")
            if line != b"\n":
                block[name.decode()] = value.removeprefix(b" ")
                continue
            self._last_event_id = block.get("id", self._last_event_id.encode()).decode()
            self._retry_s = int(block.get("retry", b"%d" % (self._retry_s * 1000))) / 1000
            if data := block.get("data"):
                yield data
            block = {}

    def _told(self, event: bytes) -> list[Caption | Missed | SessionEnded]:
        match json.loads(event)["type"]:
            case "sessionJoined":
                joined = msgspec.json.decode(event, type=SessionJoined)
                lost = bool(self._seen) and not (joined.captions and joined.captions.recovered)
                self._seen = "" if lost else self._seen
                return [Missed("captions", self._language)] if lost else []
            case "caption":
                return self._followed(msgspec.json.decode(event, type=Caption))
            case "sessionEnded":
                return [msgspec.json.decode(event, type=SessionEnded)]
        return []

    def _followed(self, caption: Caption) -> list[Caption | Missed | SessionEnded]:
        """The caption, behind a notice where it names one before it that never came."""
        if not isinstance(caption.id, str) or caption.id == caption.previous:
            return [caption]
        lost = bool(self._seen) and caption.previous != self._seen
        self._seen = caption.id
        return [Missed("captions", self._language), caption] if lost else [caption]
