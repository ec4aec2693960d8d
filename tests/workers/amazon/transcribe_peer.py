"""A peer that speaks as Transcribe streaming does: HTTP/2 over TLS, signed event streams, and its bad days."""

import asyncio
import contextlib
import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from tests.gateway.certificate import write_certificate
from tests.workers.amazon.ear import Ear
from tests.workers.amazon.frames import Chain, exception_event, transcript_event
from tests.workers.amazon.signatures import EMPTY, check


@dataclass
class Faults:
    """What goes wrong, from now on."""

    refuse: tuple[int, str] | None = None
    """HTTP status and type of an error in place of a stream."""
    headers: str = ""
    """`never`: none are sent; `abort`: the connection is cut before."""
    after_s: float = 1.0
    """Seconds of audio after which the following happens."""
    how: str = ""
    """`abort` of the connection, `reset` of the stream, `goaway`, `close` of its half, `silence` from then on."""
    exception: str = ""
    """Type of an error in the midst of a stream."""
    cut: int = 0
    """Bytes of each DATA frame; 0: whole events."""
    at_end: str = ""
    """After the end of the audio: `abort`, or `hang`."""
    idle_s: float = 15.0
    """Without audio."""


@dataclass
class Heard:
    """One stream, as it came."""

    headers: dict[str, str]
    audio: bytearray = field(default_factory=bytearray)
    envelopes: int = 0
    """Whose signature was right."""
    ended: bool = False
    """By the client, as it should."""

    def asked(self, name: str) -> str | None:
        """One of Transcribe's own headers."""
        return self.headers.get(f"x-amzn-transcribe-{name}")


class TranscribePeer:
    """At `url`, with the certificate in `ca`."""

    def __init__(self, folder: Path) -> None:
        self.faults = Faults()
        self.streams: list[Heard] = []
        self.connections = 0
        self.broken: list[BaseException] = []
        """What the client did that no service would take."""
        self._files = write_certificate(folder)
        self.ca = self._files.tls_cert
        self.url = ""
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "TranscribePeer":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._files.tls_cert, self._files.tls_key)
        context.set_alpn_protocols(["h2"])
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.url = f"https://localhost:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()
        while self._writers:  # noqa: ASYNC110  # each is gone when its connection has ended
            await asyncio.sleep(0.001)
        assert not self.broken, self.broken

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        connection = _Connection(self, writer)
        try:
            await connection.run(reader)
        except (ConnectionError, ProtocolError, ssl.SSLError):
            pass
        except Exception as error:  # noqa: BLE001  # told to the test
            self.broken.append(error)
        finally:
            connection.close()
            self._writers.discard(writer)
            writer.transport.abort()


class _Connection:
    def __init__(self, peer: TranscribePeer, writer: asyncio.StreamWriter) -> None:
        self.peer, self._writer = peer, writer
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._streams: dict[int, _Stream] = {}

    async def run(self, reader: asyncio.StreamReader) -> None:
        self.h2.initiate_connection()
        self.flush()
        while data := await reader.read(65_536):
            for event in self.h2.receive_data(data):
                self._take(event)
            self.flush()

    def close(self) -> None:
        for stream in self._streams.values():
            stream.close()

    def abort(self) -> None:
        self._writer.transport.abort()

    def flush(self) -> None:
        if not self._writer.transport.is_closing():
            self._writer.write(self.h2.data_to_send())

    def _take(self, event: Any) -> None:
        if isinstance(event, RequestReceived):
            self._streams[event.stream_id] = stream = _Stream(self, event.stream_id, dict(event.headers))
            stream.begin()
        elif isinstance(event, DataReceived):
            with contextlib.suppress(ProtocolError):  # the stream was reset meanwhile
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self._streams[event.stream_id].take(event.data)
        elif isinstance(event, StreamEnded):
            self._streams[event.stream_id].half_closed()
        elif isinstance(event, StreamReset):
            self._streams[event.stream_id].close()


class _Stream:
    def __init__(self, connection: _Connection, number: int, headers: dict[str, str]) -> None:
        self._connection, self._number, self._h2 = connection, number, connection.h2
        self._faults = connection.peer.faults
        self._heard = Heard(headers)
        connection.peer.streams.append(self._heard)
        asked = self._heard.asked("language-options")
        self._ear = Ear(asked.split(",")[0] if asked else None)
        signed = {name.replace(":authority", "host"): text for name, text in headers.items()}
        assert (headers[":method"], headers[":path"]) == ("POST", "/stream-transcription")
        self._chain = Chain(check("POST", headers[":path"], signed, EMPTY, "transcribe"))
        self._over = False
        self._idle: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        faults = self._faults
        assert self._heard.asked("sample-rate") == "16000"
        assert self._heard.asked("media-encoding") == "pcm"
        assert (self._heard.asked("language-code") is None) == (self._heard.asked("identify-language") == "True")
        if faults.headers == "abort":
            self._connection.abort()
        elif faults.headers == "never":
            self._over = True
        elif faults.refuse:
            self._refuse(*faults.refuse)
        else:
            echoed = [
                (name, text) for name, text in self._heard.headers.items() if name.startswith("x-amzn-transcribe-")
            ]
            self._h2.send_headers(
                self._number,
                [
                    (":status", "200"),
                    ("content-type", "application/vnd.amazon.eventstream"),
                    ("x-amzn-request-id", str(self._number)),
                    *echoed,
                ],
            )
            self._wait()

    def take(self, data: bytes) -> None:
        for pcm in self._chain.take(data):
            self._heard.envelopes = self._chain.checked
            if self._over:
                continue
            if not pcm:
                self._end()
                continue
            assert len(pcm) <= 32_000, "more than a second in one event"
            self._wait()
            self._heard.audio += pcm
            self._say(self._ear.take(pcm))
            if self._ear.heard_s >= self._faults.after_s:
                self._suffer()

    def half_closed(self) -> None:
        self.close()

    def close(self) -> None:
        self._over = True
        if self._idle:
            self._idle.cancel()

    def _wait(self) -> None:
        if self._idle:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._faults.idle_s, self._too_long)

    def _too_long(self) -> None:
        self._raise("BadRequestException", "Your request timed out because no new audio was received for 15 seconds.")
        self._connection.flush()

    def _end(self) -> None:
        self._heard.ended = True
        if self._faults.at_end == "abort":
            self._connection.abort()
        elif self._faults.at_end != "hang":
            self._say(self._ear.end())
            self._finish()

    def _suffer(self) -> None:
        match self._faults.how:
            case "abort":
                self._connection.abort()
            case "reset":
                self._h2.reset_stream(self._number, ErrorCodes.INTERNAL_ERROR)
            case "goaway":
                self._h2.close_connection(ErrorCodes.NO_ERROR)
                self._connection.flush()
                self._connection.abort()
            case "close":
                self._finish()
            case "silence":
                pass
            case _ if self._faults.exception:
                self._raise(self._faults.exception, "as asked")
            case _:
                return
        self.close()

    def _say(self, results: list[dict[str, Any]]) -> None:
        if results and not self._over:
            self._send(transcript_event(results))

    def _raise(self, name: str, message: str) -> None:
        self._send(exception_event(name, message))
        self._finish()

    def _send(self, data: bytes) -> None:
        size = self._faults.cut or len(data)
        for at in range(0, len(data), size):
            self._h2.send_data(self._number, data[at : at + size])

    def _finish(self) -> None:
        with contextlib.suppress(ProtocolError):
            self._h2.end_stream(self._number)
        self.close()

    def _refuse(self, status: int, name: str) -> None:
        body = json.dumps({"Message": "as asked"}).encode()
        self._h2.send_headers(
            self._number,
            [(":status", str(status)), ("x-amzn-errortype", f"{name}:"), ("content-type", "application/json")],
        )
        self._h2.send_data(self._number, body, end_stream=True)
        self.close()
