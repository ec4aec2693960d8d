"""A small gateway that keeps the protocol, loses what it is told to lose, and notes what it got."""

import base64
import contextlib
from collections import deque
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from schemas import socket as protocol

CODE = "calm-otter-123"


class _Over(Exception):
    """The socket is gone; what is still on its way is lost."""


class FakeGateway:
    """One session. `heard` is durable; `cuts` are (position, close code): the socket ends when it gets there."""

    def __init__(self) -> None:
        self.url = ""
        self.binary = True
        self.heard = bytearray()
        self.openings: list[protocol.Action] = []
        self.controls: list[tuple[str, int]] = []
        self.left: list[str] = []
        """Sessions that a listener left on purpose."""
        self.cuts: deque[tuple[int, int]] = deque()
        self.refusals: deque[protocol.Error] = deque()
        """Answers to the next frames, which are then not taken."""
        self.refused_openings: deque[protocol.Error] = deque()
        self.scripts: deque[tuple[list[protocol.ServerMessage | bytes], int]] = deque()
        """For listeners: what each socket gets after its answer, and the close code then; 0 leaves it open."""
        self.joined = protocol.SessionJoined(
            session_id=CODE,
            title="",
            source_language="en",
            state="live",
            languages=[],
            format="ogg-opus",
            captions=protocol.Subscription(language="es", id="", recovered=False),
            speech=protocol.Subscription(language="es", id="", recovered=False),
        )

    @property
    def position(self) -> int:
        return len(self.heard) // 2

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(protocols=(protocol.SUBPROTOCOL,) if self.binary else ())
        await ws.prepare(request)
        with contextlib.suppress(_Over):
            async for message in ws:
                if message.type is WSMsgType.BINARY:
                    position, _ = protocol.AUDIO_HEADER.unpack_from(message.data)
                    await self._audio(ws, position, message.data[protocol.AUDIO_HEADER.size :])
                elif message.type is WSMsgType.TEXT:
                    await self._action(ws, msgspec.json.decode(message.data, type=protocol.ClientMessage))
        return ws

    async def _audio(self, ws: web.WebSocketResponse, position: int, pcm: bytes) -> None:
        if self.refusals:
            await self._say(ws, self.refusals.popleft())
            return
        assert position <= self.position, "a gap"
        del self.heard[position * 2 :]
        self.heard += pcm
        if self.cuts and self.position >= self.cuts[0][0]:
            _, code = self.cuts.popleft()
            await self._end(ws, code)
        else:
            await self._say(ws, protocol.AudioAccepted(session_id=CODE, position=self.position))

    async def _action(self, ws: web.WebSocketResponse, action: protocol.Action) -> None:
        match action:
            case protocol.SendAudio():
                assert action.position is not None
                await self._audio(ws, action.position, base64.b64decode(action.audio_data))
            case protocol.CreateSession() | protocol.ResumeSession() | protocol.JoinSession() if self.refused_openings:
                await self._say(ws, self.refused_openings.popleft())
            case protocol.CreateSession():
                self.openings.append(action)
                url = "http://127.0.0.1/listen/" + CODE
                answer = protocol.SessionCreated(session_id=CODE, speaker_token="t", join_url=url, server_time=0)
                await self._say(ws, answer)
            case protocol.ResumeSession():
                self.openings.append(action)
                position = self.position
                answer = protocol.SessionResumed(session_id=CODE, position=position, state="live", server_time=0)
                await self._say(ws, answer)
            case protocol.JoinSession():
                self.openings.append(action)
                await self._say(ws, self.joined)
                await self._play(ws)
            case protocol.LeaveSession():
                self.left.append(action.session_id)
                await ws.close(code=1000)
            case protocol.ControlBroadcast():
                self.controls.append((action.control_action, self.position))
                answer = protocol.BroadcastPaused(session_id=CODE, server_time=0, request_id=action.request_id)
                await self._say(ws, answer)
            case protocol.ChangeSourceLanguage(source_language=language, request_id=request_id):
                self.controls.append((language, self.position))
                answer = protocol.SourceLanguageChanged(
                    session_id=CODE, source_language=language, detected=False, languages=[], request_id=request_id
                )
                await self._say(ws, answer)
            case protocol.EndSession():
                self.controls.append(("end", self.position))
                if self.cuts and self.cuts[0][0] < 0:  # the answer is lost
                    await self._end(ws, self.cuts.popleft()[1])
                    return
                await self._say(ws, protocol.SessionEnded(session_id=CODE, request_id=action.request_id))
                await ws.close(code=4010)

    async def _play(self, ws: web.WebSocketResponse) -> None:
        messages, code = self.scripts.popleft()
        for message in messages:
            if isinstance(message, bytes):
                await ws.send_bytes(message)
            else:
                await self._say(ws, message)
        if code:
            await self._end(ws, code)

    async def _end(self, ws: web.WebSocketResponse, code: int) -> None:
        if code == 1006:
            transport = ws._req.transport if ws._req else None
            assert transport is not None
            transport.abort()
        else:
            await ws.close(code=code)
        raise _Over

    async def _say(self, ws: web.WebSocketResponse, message: protocol.ServerMessage) -> None:
        await ws.send_str(msgspec.json.encode(message).decode())


@pytest.fixture
async def fake_gateway() -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    app = web.Application()
    app.router.add_get("/ws", gateway.serve)
    server = TestServer(app)
    await server.start_server()
    gateway.url = str(server.make_url("/"))
    yield gateway
    await server.close()
