"""One socket: its requests, one by one and in order, and its role."""

import asyncio
from collections import deque
from time import monotonic
from typing import Any, NamedTuple, assert_never

import structlog
from aiohttp import WSMsgType, web
from redis.exceptions import RedisError

from dragoman.runtime.wall_clock import now_ms
from gateway import metrics
from gateway.access.access import Access
from gateway.access.identity import Identity
from gateway.access.visitor import Visitor
from gateway.errors import RefusedError, unavailable
from gateway.limits.limits import Limits
from gateway.listening.joining import Joining
from gateway.listening.listener import LiveListener
from gateway.moderating.moderation import Moderation
from gateway.sessions.codes import canonical
from gateway.sessions.status import session_status
from gateway.sockets.request import read
from gateway.speaking.opening import Opening
from gateway.speaking.speaker import LiveSpeaker
from gateway.wire import frames
from gateway.wire.expiry import expire_at
from gateway.wire.peer import Peer
from schemas.close_codes import CloseCode
from schemas.socket import (
    Answer,
    ChangeLanguage,
    ChangeSourceLanguage,
    ClientMessage,
    ControlBroadcast,
    Correct,
    CreateSession,
    EndSession,
    GetSessionStatus,
    Heartbeat,
    HeartbeatAck,
    HideCaptions,
    JoinSession,
    LeaveSession,
    ResumeSession,
    SendAudio,
    SetPlayback,
    ShowCaptions,
    Withdraw,
)

log = structlog.get_logger()

ABUSE = 100
ABUSE_S = 10.0
"""So many messages that are none within this time are abuse."""
MOST_OPENINGS = 10
"""After each of so many refused openings a client has its time again: people mistype codes and PINs."""
_ABUSIVE = frozenset({"bad-message", "unknown-action"})


class SocketNeeds(NamedTuple):
    """What all sockets of a gateway work with."""

    access: Access
    limits: Limits
    opening: Opening
    joining: Joining
    moderation: Moderation
    redis: Any


class Socket:
    """Reads a socket to its end."""

    __slots__ = ("_brought", "_expiry", "_faults", "_needs", "_pace", "_peer", "_refused_openings", "_role", "_ws")

    def __init__(self, needs: SocketNeeds, ws: web.WebSocketResponse, peer: Peer, brought: Identity | None) -> None:
        self._needs, self._ws, self._peer, self._brought = needs, ws, peer, brought
        self._expiry: asyncio.TimerHandle | None = None
        self._role: LiveSpeaker | LiveListener | None = None
        self._refused_openings = 0
        self._faults: deque[float] | None = None
        self._pace = needs.limits.pace()

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
                    peer.busy = True
                    await self._serve(message.type, message.data)
                    peer.busy, peer.seen = False, monotonic()
            elif message.type is WSMsgType.PING:
                self._pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return

    async def _serve(self, kind: WSMsgType, content: str | bytes) -> None:
        """Answers one message; nothing that it holds can end the socket but abuse."""
        action: ClientMessage | None = None
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

    def _check_pace(self, action: ClientMessage) -> None:
        """A speaker's audio has its own measure: it may come in a burst after an outage."""
        if isinstance(action, SendAudio) and isinstance(self._role, LiveSpeaker):
            return
        if wait_s := self._pace.take(monotonic()):
            self._close_if_abusive()
            raise self._needs.limits.too_early(wait_s)

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

    def _refuse(self, error: RefusedError, action: ClientMessage | None) -> None:
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
        if not self._peer.binary or not isinstance(self._role, LiveSpeaker):
            raise RefusedError("bad-message", "Binary frames are for speakers with the subprotocol dragoman.v1.")
        metrics.MESSAGES_IN.labels("audio").inc()
        await self._role.frame(content)

    async def _act(self, action: ClientMessage) -> Answer | None:
        match action:
            case Heartbeat():
                return self._heartbeat(action)
            case CreateSession() | ResumeSession() | JoinSession():
                await self._open(action)
                return None
            case HideCaptions() | ShowCaptions() | Withdraw() | Correct():
                return await self._needs.moderation.act(self._moderator_in(action.session_id).live, action)
            case EndSession() if isinstance(self._role, LiveListener):
                return await self._needs.moderation.end(self._moderator_in(action.session_id).live)
            case GetSessionStatus():
                role = self._role_in(action.session_id)
                return await session_status(self._needs.redis, role.live, of_speaker=isinstance(role, LiveSpeaker))
            case SendAudio() | ControlBroadcast() | ChangeSourceLanguage() | EndSession():
                return await _speak(self._speaker_in(action.session_id), action)
            case ChangeLanguage() | SetPlayback() | LeaveSession():
                return await _listen(self._listener_in(action.session_id), action)
            case _:
                assert_never(action)

    def _speaker_in(self, session_id: str) -> LiveSpeaker:
        """This socket's speaker, if it is one, and of this session. Raises RefusedError."""
        if isinstance(self._role, LiveListener):
            raise RefusedError("forbidden", "This is not for a listener.")
        role = self._role_in(session_id)
        assert isinstance(role, LiveSpeaker)
        return role

    def _moderator_in(self, session_id: str) -> LiveSpeaker | LiveListener:
        """This socket's role, if it may moderate, and in this session. Raises RefusedError."""
        role = self._role_in(session_id)
        if isinstance(role, LiveListener) and not role.moderates:
            raise RefusedError("forbidden", "This is not for a listener.")
        return role

    def _listener_in(self, session_id: str) -> LiveListener:
        """This socket's listener, if it is one, and of this session. Raises RefusedError."""
        if isinstance(self._role, LiveSpeaker):
            raise RefusedError("forbidden", "This is not for a speaker.")
        role = self._role_in(session_id)
        assert isinstance(role, LiveListener)
        return role

    def _role_in(self, session_id: str) -> LiveSpeaker | LiveListener:
        """This socket's role, if it has one, and in this session. Raises RefusedError."""
        if self._role is None:
            raise RefusedError("wrong-state", "Create, resume or join a session first.")
        if canonical(session_id) != self._role.live.code:
            raise RefusedError("forbidden", "This socket belongs to another session.")
        return self._role

    async def _open(self, action: CreateSession | ResumeSession | JoinSession) -> None:
        if self._role:
            raise RefusedError("wrong-state", "This socket has its session already: open another socket.")
        visitor, limits = Visitor(self._needs.access, self._brought), self._needs.limits
        shown = any(getattr(action, name, "") for name in ("token", "speaker_token", "moderator_token"))
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

    async def _enter(
        self, action: CreateSession | ResumeSession | JoinSession, visitor: Visitor
    ) -> LiveSpeaker | LiveListener:
        match action:
            case CreateSession():
                return await self._needs.opening.create(self._peer, action, visitor)
            case ResumeSession():
                return await self._needs.opening.resume(self._peer, action, visitor)
            case JoinSession():
                return await self._needs.joining.join(self._peer, action, visitor)
            case _:
                assert_never(action)

    def _heartbeat(self, action: Heartbeat) -> HeartbeatAck:
        if action.client_time is not None and isinstance(self._role, LiveSpeaker):
            self._role.offset.observe(action.client_time, now_ms())
        return HeartbeatAck(server_time=now_ms(), client_time=action.client_time)


async def _speak(
    role: LiveSpeaker, action: SendAudio | ControlBroadcast | ChangeSourceLanguage | EndSession
) -> Answer | None:
    match action:
        case SendAudio():
            await role.audio(action)
        case ControlBroadcast():
            return await role.control(action)
        case ChangeSourceLanguage():
            return await role.change_language(action)
        case EndSession():
            await role.end(action.request_id)
        case _:
            assert_never(action)
    return None


async def _listen(role: LiveListener, action: ChangeLanguage | SetPlayback | LeaveSession) -> Answer | None:
    match action:
        case ChangeLanguage():
            await role.change_language(action)
        case SetPlayback():
            return await role.set_playback(action)
        case LeaveSession():
            await role.leave_for_good(action.request_id)
        case _:
            assert_never(action)
    return None
