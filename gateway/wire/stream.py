"""The sending side of a stream of captions: a peer that can only be sent to."""

import asyncio
import random
from math import inf
from typing import Any

import msgspec

from dragoman.runtime.wall_clock import now_ms
from gateway.wire import events
from gateway.wire.frames import Form
from gateway.wire.peer import Peer
from schemas.socket import Reconnect, ServerMessage, SessionEnded

RETRY_MS = 1000
"""About how long readers wait before they come back: each a little longer or shorter, as they are many."""

_json = msgspec.json.Encoder()


class Stream(Peer):
    """What is written before `begin` is held back: the head of the response comes first, and only when all is well."""

    __slots__ = ("_held", "over")

    def __init__(self, transport: asyncio.Transport, address: str) -> None:
        super().__init__(transport, binary=False, address=address)
        self._held: list[bytes] | None = []
        self.over = asyncio.Event()
        """Nothing more is written: the connection may be closed once it is flushed."""
        self.idle_since = None
        self.seen = inf  # readers send nothing: that one is gone shows in what waits to be sent

    @property
    def form(self) -> Form:
        """Events."""
        return "event"

    def begin(self) -> None:
        """The head is written."""
        held, self._held = self._held or [], None
        opening = events.retry(random.randint(RETRY_MS // 2, RETRY_MS * 3 // 2)) + _life_sign()
        self._pass_on(b"".join([opening, *held]))

    def reached(self, event_id: str) -> None:
        """All up to here was sent: also a reader who got nothing goes on from there."""
        self.write(events.at(event_id) + b"\n")

    def keep_alive(self) -> None:
        """Shows that somebody is there, with the server's time, Unix ms."""
        self.write(_life_sign())

    def look(self) -> None:
        """Nobody is told when a reader goes: that has to be looked for."""
        if self.gone:
            self.over.set()

    def close(self, code: int) -> None:
        """Ends it; readers come back unless the session has ended."""
        super().close(code)
        self.over.set()

    def control(self, payload: bytes, opcode: int) -> None:
        """There are no pings here."""

    def _framed(self, message: ServerMessage) -> bytes:
        framed = events.event(_json.encode(message), events.ENDED if isinstance(message, SessionEnded) else "")
        return events.retry(RETRY_MS // 10) + framed if isinstance(message, Reconnect) else framed

    def _farewell(self, code: int) -> bytes:
        return b""

    def _pass_on(self, data: Any) -> None:
        if self._held is None:
            super()._pass_on(data)
        else:
            self._held.append(data)


def _life_sign() -> bytes:
    return events.comment(str(now_ms()))
