"""One socket to a gateway: actions out, messages and speech in. Knows no session and comes back from nothing."""

import asyncio
import base64
import contextlib
import socket
import ssl
from asyncio import Future, get_running_loop
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import msgspec

from dragoman.client.errors import CertificateRefused, ClientError, GatewayUnreachable, RequestRefused, SocketClosed
from dragoman.client.resend import Frame
from schemas.channels import unframed
from schemas.close_codes import CloseCode
from schemas.socket import (
    AUDIO_HEADER,
    MAX_SERVER_MESSAGE,
    SUBPROTOCOL,
    Action,
    Error,
    Reconnect,
    SendAudio,
    ServerMessage,
    TranslatedAudio,
    server_message,
)

PING_S: Final = 15
"""A gateway that answers no ping within half of this is lost."""
CONNECT_S: Final = 10


@dataclass(frozen=True)
class SpeechPart:
    """A `translatedAudio`, however it came, with its audio decoded from the frame."""

    header: TranslatedAudio
    audio: bytes
    """Encoded as `header.format` says; empty when it was skipped or failed."""


Incoming = ServerMessage | SpeechPart


@dataclass
class Traffic:
    """Bytes of all messages, both ways; what carries them (frames of the socket, TLS, TCP) is not counted."""

    sent: int = 0
    received: int = 0


trusted: ContextVar[ssl.SSLContext | bool] = ContextVar("trusted", default=True)
"""How certificates of gateways are checked; True: against the authorities that this machine trusts."""

traffic: ContextVar[Traffic | None] = ContextVar("traffic", default=None)
"""Counts what sockets that are opened from now on send and receive."""


def only(certificate: str) -> ssl.SSLContext:
    """Trusts the certificate in a file, whatever name it is for and whoever signed it, and no other one."""
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def endpoint(url: str) -> str:
    """The socket's address for a gateway's (`ws`, `wss`, `http` or `https`). Raises ClientError."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.hostname:
        raise ClientError(f"{url} is not a gateway's address: it looks like ws://127.0.0.1:8080")
    path = parts.path.rstrip("/")
    return urlunsplit((scheme, parts.netloc, path if path.endswith("/ws") else path + "/ws", parts.query, ""))


class Connection:
    """An open socket. With `binary` audio travels as binary frames, else as base64 in JSON."""

    def __init__(self, http: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse, binary: bool) -> None:
        self._http = http
        self._ws = ws
        self._binary = binary
        self._ids = count(1)
        self._left: asyncio.TimerHandle | None = None
        self._leaving: Future[Any] | None = None
        self._asked: dict[int, Future[Any]] = {}
        self._traffic = traffic.get() or Traffic()

    @classmethod
    async def open(cls, url: str, *, binary: bool = True) -> "Connection":
        """Raises GatewayUnreachable, ClientError."""
        address = endpoint(url)
        http = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(CONNECT_S):  # also one that was stopped accepts, but says nothing
                ws = await http.ws_connect(
                    address,
                    protocols=(SUBPROTOCOL,) if binary else (),
                    heartbeat=PING_S,
                    ssl=trusted.get(),
                    max_msg_size=MAX_SERVER_MESSAGE,
                )
        except aiohttp.ClientConnectorCertificateError as error:
            await http.close()
            raise CertificateRefused(url) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            await http.close()
            raise GatewayUnreachable(url, type(error).__name__) from error
        except BaseException:
            await http.close()
            raise
        return cls(http, ws, binary and ws.protocol == SUBPROTOCOL)

    async def first(self, action: Action) -> Any:
        """Gives the socket its role; returns the answer. Raises RequestRefused, SocketClosed."""
        await self._send(action)
        answer = await self._receive()
        while not hasattr(answer, "request_id"):
            answer = await self._receive()
        return _result(answer)

    async def request(self, action: Action) -> Any:
        """The answer to `action`, while someone iterates `messages`. Raises RequestRefused, SocketClosed."""
        identity = next(self._ids)
        self._asked[identity] = get_running_loop().create_future()
        try:
            await self._send(msgspec.structs.replace(action, request_id=identity))
            return _result(await self._asked[identity])
        finally:
            del self._asked[identity]

    async def say(self, action: Action) -> None:
        """Sends something whose answer nobody waits for. Raises SocketClosed."""
        await self._send(action)

    async def send_frame(self, code: str, frame: Frame) -> None:
        """One slice of speech of the session `code`. Raises SocketClosed."""
        if self._binary:
            await self._write(AUDIO_HEADER.pack(frame.position, frame.captured_at) + frame.pcm)
            return
        audio = base64.b64encode(frame.pcm).decode()
        timestamp, position = frame.captured_at, frame.position
        await self._send(SendAudio(session_id=code, audio_data=audio, timestamp=timestamp, position=position))

    async def messages(self) -> AsyncIterator[Incoming]:
        """What the gateway sends, until it closes: then SocketClosed is raised.

        Answers to `request` are among it, at their place in the stream; refusals of it are not.
        """
        try:
            while True:
                message = await self._receive()
                if isinstance(message, Reconnect):
                    self._leave_soon(message.after_ms / 1000)
                asked = self._asked.get(getattr(message, "request_id", None))  # type: ignore[arg-type]  # None is no key
                if asked is not None and not asked.done():
                    asked.set_result(message)
                if asked is None or not isinstance(message, Error):
                    yield message
        except SocketClosed as closed:
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(closed)
            raise

    def _leave_soon(self, after_s: float) -> None:
        """The gateway is going away: whoever reads learns then of a close that says to come back at once."""
        if self._left is None:
            self._left = get_running_loop().call_later(after_s, self._leave)

    def _leave(self) -> None:
        self._leaving = asyncio.ensure_future(self._ws.close())

    def cut(self) -> None:
        """Breaks off without a word, as a lost network does: both sides learn of it, neither says good-bye."""
        taken = self._ws.get_extra_info("socket")
        if taken is not None:
            with contextlib.suppress(OSError):  # it is gone already
                taken.shutdown(socket.SHUT_RDWR)

    async def close(self) -> None:
        """Says good-bye and frees the socket."""
        if self._left is not None:
            self._left.cancel()
        try:
            await self._ws.close()
        finally:
            await self._http.close()

    async def _send(self, action: Action) -> None:
        await self._write(msgspec.json.encode(action).decode())

    async def _write(self, message: bytes | str) -> None:
        self._traffic.sent += len(message)
        try:
            await (self._ws.send_str(message) if isinstance(message, str) else self._ws.send_bytes(message))
        except (aiohttp.ClientError, ConnectionError) as error:
            raise SocketClosed(self._close_code()) from error

    async def _receive(self) -> Any:
        """The next message that is understood. Raises SocketClosed."""
        while True:
            raw = await self._ws.receive()
            self._traffic.received += len(raw.data) if isinstance(raw.data, str | bytes) else 0
            try:
                if raw.type is aiohttp.WSMsgType.TEXT:
                    return _spoken(server_message(raw.data))
                if raw.type is aiohttp.WSMsgType.BINARY:
                    header, audio = unframed(raw.data)
                    return SpeechPart(server_message(header), audio)
            except (msgspec.MsgspecError, ValueError):
                continue  # of a newer gateway
            raise SocketClosed(self._close_code())

    def _close_code(self) -> int:
        if self._leaving is not None:
            return int(CloseCode.RESTART)
        return self._ws.close_code or int(CloseCode.LOST)


def _spoken(message: ServerMessage) -> Incoming:
    if isinstance(message, TranslatedAudio):
        return SpeechPart(message, base64.b64decode(message.audio_data or ""))
    return message


def _result(answer: Any) -> Any:
    if isinstance(answer, Error):
        raise RequestRefused(answer)
    return answer
