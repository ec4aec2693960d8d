"""The sending side of a socket: whole frames, written at once, never waited for."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import ClassVar

import msgspec

from gateway import metrics
from gateway.errors import RefusedError, RequestId
from gateway.wire import frames
from schemas.close_codes import CloseCode
from schemas.socket import Answer, Reconnect, ServerMessage

SOFT_LIMIT = 256 * 1024
"""Bytes that may wait for a client (about 80 s of Ogg Opus): beyond it the socket is closed with 4008."""
CLOSE_S = 5.0
"""How long a client has to answer a close frame."""

_json = msgspec.json.Encoder()


class Peer:
    """A client's socket as seen from the gateway's other parts.

    Frames go to the transport past aiohttp's writer: one prebuilt frame serves many listeners, and a look at the
    transport's buffer tells who does not read.
    """

    __slots__ = (
        "_clear", "_descriptor", "_evictor", "_slack", "_transport",
        "address", "binary", "busy", "closing", "ended", "idle_since", "seen",
    )  # fmt: skip

    changes: ClassVar[int] = 0
    """How often any peer began or ceased to be `direct`."""

    def __init__(self, transport: asyncio.Transport, *, binary: bool, address: str = "") -> None:
        self._transport = transport
        self._descriptor = _descriptor(transport)
        self._clear = False
        """The kernel has all that was written, and more may follow."""
        self._slack = 0
        self._evictor: asyncio.TimerHandle | None = None
        self.binary = binary
        """The client speaks `dragoman.v1`: audio in binary frames."""
        self.address = address
        """What the client is charged by."""
        self.closing = False
        """A close frame is on its way; nothing follows it."""
        self.ended = int(CloseCode.LOST)
        """The close code that the socket ends with."""
        self.seen = monotonic()
        """When the client last said anything."""
        self.busy = False
        """What it said is being worked on, perhaps while Kafka is away: nothing else is read meanwhile."""
        self.idle_since: float | None = self.seen
        """Since when the socket has no session and asks for none; None: it has or does."""

    @property
    def form(self) -> frames.Form:
        """How it gets publications."""
        return "binary" if self.binary else "text"

    @property
    def gone(self) -> bool:
        """The connection is lost or closed."""
        return self._transport.is_closing()

    def send(self, message: ServerMessage) -> None:
        """Sends one message."""
        self.write(self._framed(message))
        metrics.MESSAGES_OUT.labels(type(message).__name__).inc()

    def answer(self, message: Answer, request_id: RequestId) -> None:
        """Sends the answer to a request, with its id."""
        self.send(message if request_id is None else msgspec.structs.replace(message, request_id=request_id))

    def write(self, frame: bytes) -> None:
        """Writes whole frames, unless the client is over its limit: then it is closed, and resumes."""
        if self.closing or self._transport.is_closing():
            return
        waiting = self._transport.get_write_buffer_size()
        if self._slack and waiting < SOFT_LIMIT:
            self._slack = 0
        if waiting > SOFT_LIMIT + self._slack:
            metrics.EVICTIONS.inc()
            self.close(CloseCode.TOO_SLOW)
        else:
            self._pass_on(frame)

    def direct(self) -> tuple[int, Callable[[], bool]] | None:
        """The socket's descriptor, to which whole frames may be written, and a function to ask before: it is closing.

        None while something waits: then frames go by `write`. What the kernel does not take at once goes to
        `write_rest`.
        """
        return (self._descriptor, self._transport.is_closing) if self._clear else None

    def write_rest(self, rest: bytes) -> None:
        """Writes the end of a frame that the kernel has begun to take."""
        if not self._transport.is_closing():
            self._pass_on(rest)

    def _framed(self, message: ServerMessage) -> bytes:
        return frames.text(_json.encode(message))

    def _farewell(self, code: int) -> bytes:
        return frames.close(code)

    def _pass_on(self, data: bytes) -> None:
        self._transport.write(data)
        clear = not self.closing and self._descriptor >= 0 and not self._transport.get_write_buffer_size()
        if clear is not self._clear:
            self._clear = clear
            Peer.changes += 1

    def write_history(self, frames_: bytes) -> None:
        """Writes what a listener missed: that may be more than the limit, until it is read."""
        self.write(frames_)
        if not self._clear:
            self._slack = max(self._slack, len(frames_))

    def send_away(self, after_s: float) -> None:
        """Asks the client to come back elsewhere after a time, and closes the socket then in any case."""
        self.send(Reconnect(after_ms=round(after_s * 1000)))
        asyncio.get_running_loop().call_later(after_s, self.close, CloseCode.RESTART)

    def close(self, code: int) -> None:
        """Sends a close frame behind what waits; a client that does not answer it is reset."""
        if self.closing:
            return
        self.closing, self.ended = True, code
        if not self._transport.is_closing():
            self._pass_on(self._farewell(code))
            self._evictor = asyncio.get_running_loop().call_later(CLOSE_S, self.evict)

    def refuse(self, error: RefusedError, code: CloseCode = CloseCode.NOT_ALLOWED) -> None:
        """Says why the client is not wanted here, or no longer, and closes the socket."""
        metrics.ERRORS.labels(error.code).inc()
        self.send(error.answer())
        self.close(code)

    def control(self, payload: bytes, opcode: int) -> None:
        """Sends a ping or pong."""
        if not self.closing and not self._transport.is_closing():
            self._pass_on(frames.frame(payload, opcode))

    def evict(self) -> None:
        """Resets the connection: also what the kernel still holds for the client is thrown away."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.drop()

    def drop(self) -> None:
        """Frees the connection and its buffer now."""
        if self._evictor:
            self._evictor.cancel()
        self._transport.abort()


def _descriptor(transport: asyncio.Transport) -> int:
    """That of the socket; -1 with TLS, which sends other bytes than were written."""
    sock = transport.get_extra_info("socket")
    return -1 if sock is None or transport.get_extra_info("ssl_object") else int(sock.fileno())
