"""One socket: its requests, one by one and in order, and its role."""

import asyncio
from collections import deque
from time import monotonic

import structlog
from aiohttp import WSMsgType, web
from redis.exceptions import RedisError

from gateway import metrics
from gateway.access.identity import Identity
from gateway.access.visitor import Visitor
from gateway.errors import RefusedError, unavailable
from gateway.listening.listener import Listener
from gateway.sessions.codes import canonical
from gateway.sessions.status import session_status
from gateway.sockets import frames
from gateway.sockets.expiry import expire_at
from gateway.sockets.peer import Peer
from gateway.sockets.request import read
from gateway.speaking import opening
from gateway.speaking.markers import now_ms
from gateway.speaking.speaker import Speaker
from gateway.surroundings import Surroundings
from schemas.close_codes import CloseCode
from schemas.socket import (
    Action,
    Answer,
    ChangeLanguage,
    ChangeSourceLanguage,
    ControlBroadcast,
    CreateSession,
    EndSession,
    GetSessionStatus,
    Heartbeat,
    HeartbeatAck,
    JoinSession,
    LeaveSession,
    ResumeSession,
    SendAudio,
    SetPlayback,
)

log = structlog.get_logger()

ABUSE = 100
ABUSE_S = 10.0
"""So many messages that are none within this time are abuse."""
MOST_OPENINGS = 10
"""After each of so many refused openings a client has its time again: people mistype codes and PINs."""
_ABUSIVE = frozenset({"bad-message", "unknown-action"})
_OPENINGS = (CreateSession, ResumeSession, JoinSession)
_SPEAKERS = (SendAudio, ControlBroadcast, ChangeSourceLanguage, EndSession)
_LISTENERS = (ChangeLanguage, SetPlayback, LeaveSession)


class Socket:
    """Reads a socket to its end."""

    __slots__ = ("_around", "_brought", "_expiry", "_faults", "_pace", "_peer", "_refused_openings", "_role", "_ws")

    def __init__(self, around: Surroundings, ws: web.WebSocketResponse, peer: Peer, brought: Identity | None) -> None:
        self._around, self._ws, self._peer, self._brought = around, ws, peer, brought
        self._expiry: asyncio.TimerHandle | None = None
        self._role: Speaker | Listener | None = None
        self._refused_openings = 0
        self._faults: deque[float] | None = None
        self._pace = around.limits.pace()

    async def run(self) -> None:
        """Serves the client until the socket closes, for whatever reason."""
        try:
            await self._read()
        finally:
            if self._expiry:
                self._expiry.cancel()
            if self._role:
                metrics.SOCKETS.labels(self._role.role).dec()
                await self._role.leave()

    async def _read(self) -> None:
        peer = self._peer
        while True:
            message = await self._ws.receive()
            peer.seen = monotonic()
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                if not peer.closing:
                    await self._serve(message.type, message.data)
            elif message.type is WSMsgType.PING:
                self._pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return

    async def _serve(self, kind: WSMsgType, content: str | bytes) -> None:
        """Answers one message; nothing that it holds can end the socket but abuse."""
        action: Action | None = None
        try:
            if isinstance(content, bytes):
                await self._frame(content)
            else:
                action = read(content)
                metrics.MESSAGES_IN.labels(type(action).__name__).inc()
                self._check_pace(action)
                answer = await self._act(action)
                if answer:
                    self._peer.answer(answer, action.request_id)
        except RefusedError as error:
            self._refuse(error, action)
        except (TimeoutError, RedisError, OSError):
            self._refuse(unavailable(), action)
        except Exception:  # a fault in our code ends this socket with 1011, no other one
            log.exception("socket.fault")
            self._peer.close(CloseCode.INTERNAL)

    def _check_pace(self, action: Action) -> None:
        """A speaker's audio has its own measure: it may come in a burst after an outage."""
        if isinstance(action, SendAudio) and isinstance(self._role, Speaker):
            return
        if wait_s := self._pace.take(monotonic()):
            self._close_if_abusive()
            raise self._around.limits.too_early(wait_s)

    def _pong(self, payload: bytes) -> None:
        metrics.MESSAGES_IN.labels("ping").inc()
        if self._pace.take(monotonic()):
            metrics.LIMITED.labels("messages").inc()
            self._close_if_abusive()
        else:
            self._peer.control(payload, frames.PONG)

    def _close_if_abusive(self) -> None:
        if self._pace.abusive and not self._peer.closing:
            log.warning("socket.abuse")
            self._peer.close(CloseCode.TOO_MANY)

    def _refuse(self, error: RefusedError, action: Action | None) -> None:
        metrics.ERRORS.labels(error.code).inc()
        self._peer.answer(error.answer(), action.request_id if action else error.request_id)
        if error.code in _ABUSIVE:
            self._note_fault()

    def _note_fault(self) -> None:
        if self._faults is None:
            self._faults = deque(maxlen=ABUSE)
        self._faults.append(monotonic())
        if len(self._faults) == ABUSE and self._faults[-1] - self._faults[0] < ABUSE_S:
            log.warning("socket.abuse")
            self._peer.close(CloseCode.MISUSE)

    async def _frame(self, content: bytes) -> None:
        if not self._peer.binary or not isinstance(self._role, Speaker):
            raise RefusedError("bad-message", "Binary frames are for speakers with the subprotocol dragoman.v1.")
        metrics.MESSAGES_IN.labels("audio").inc()
        await self._role.frame(content)

    async def _act(self, action: Action) -> Answer | None:
        if isinstance(action, Heartbeat):
            return self._heartbeat(action)
        if isinstance(action, _OPENINGS):
            await self._open(action)
            return None
        role = self._role
        if role is None:
            raise RefusedError("wrong-state", "Create, resume or join a session first.")
        if isinstance(action, _SPEAKERS if isinstance(role, Listener) else _LISTENERS):
            raise RefusedError("forbidden", f"This is not for a {role.role}.")
        if canonical(action.session_id) != role.live.code:  # type: ignore[attr-defined]  # all but heartbeat have it
            raise RefusedError("forbidden", "This socket belongs to another session.")
        if isinstance(action, GetSessionStatus):
            return await session_status(self._around.redis, role.live, of_speaker=isinstance(role, Speaker))
        return await (_speak(role, action) if isinstance(role, Speaker) else _listen(role, action))

    async def _open(self, action: CreateSession | ResumeSession | JoinSession) -> None:
        if self._role:
            raise RefusedError("wrong-state", "This socket has its session already: open another socket.")
        visitor, limits = Visitor(self._around.access, self._brought), self._around.limits
        shown = bool(action.token or getattr(action, "speaker_token", ""))
        async with limits.credential(self._peer.address, shown=shown):
            idle_since, self._peer.idle_since = self._peer.idle_since, None
            try:
                self._role = await self._enter(action, visitor)
            except BaseException:
                self._refused_openings += 1
                self._peer.idle_since = monotonic() if self._refused_openings < MOST_OPENINGS else idle_since
                raise
        metrics.SOCKETS.labels(self._role.role).inc()
        self._expiry = expire_at(visitor.until, self._peer)

    async def _enter(self, action: CreateSession | ResumeSession | JoinSession, visitor: Visitor) -> Speaker | Listener:
        if isinstance(action, CreateSession):
            return await opening.create(self._around, self._peer, action, visitor)
        if isinstance(action, ResumeSession):
            return await opening.resume(self._around, self._peer, action, visitor)
        return await Listener.join(self._around, self._peer, action, visitor)

    def _heartbeat(self, action: Heartbeat) -> HeartbeatAck:
        if action.client_time is not None and isinstance(self._role, Speaker):
            self._role.offset.observe(action.client_time, now_ms())
        return HeartbeatAck(server_time=now_ms(), client_time=action.client_time)


async def _speak(role: Speaker, action: Action) -> Answer | None:
    if isinstance(action, SendAudio):
        await role.audio(action)
    elif isinstance(action, ControlBroadcast):
        return await role.control(action)
    elif isinstance(action, ChangeSourceLanguage):
        return await role.change_language(action)
    else:
        await role.end(action.request_id)
    return None


async def _listen(role: Listener, action: Action) -> Answer | None:
    if isinstance(action, ChangeLanguage):
        await role.change_language(action)
        return None
    if isinstance(action, LeaveSession):
        await role.leave_for_good(action.request_id)
        return None
    assert isinstance(action, SetPlayback)
    return await role.set_playback(action)
