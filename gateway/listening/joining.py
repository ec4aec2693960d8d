"""How a listener gets into a session."""

from typing import Any

from gateway.access.rules import may_listen
from gateway.access.token import verify
from gateway.access.visitor import Visitor
from gateway.errors import RefusedError
from gateway.limits.limits import Limits
from gateway.listening.choice import wish_of
from gateway.listening.known import was_here
from gateway.listening.listener import ListenerNeeds, LiveListener
from gateway.sessions.lookup import Lookup
from gateway.sessions.sessions import Standing
from gateway.wire.peer import Peer
from schemas.socket import JoinSession


class Joining:
    """The way in, for sockets and for streams of captions."""

    def __init__(self, needs: ListenerNeeds, *, lookup: Lookup, limits: Limits, redis: Any) -> None:
        self._needs, self._lookup, self._limits, self._redis = needs, lookup, limits, redis

    async def join(self, peer: Peer, request: JoinSession, visitor: Visitor) -> LiveListener:
        """Joins and answers. Raises RefusedError, RedisError."""
        standing = await self._allowed(peer, request, visitor)
        offers = await self._needs.offers.now()
        wish = wish_of(offers, standing.session.source_language, request)
        live = await self._needs.here.enter(standing)
        listener = LiveListener(self._needs, peer, live, request, wish, floor=standing.session.source_language)
        try:
            resumes = await self._resumes(listener, request)
            if peer.gone:
                raise ConnectionResetError  # nobody is there any more who asks for anything
            if not (resumes or listener.moderates):  # who is to end what goes wrong in a full hall gets in
                elsewhere = await live.demand.audience(elsewhere=True)
                self._limits.check_audience(elsewhere.listeners + len(live.listeners))
        except BaseException:
            await self._needs.here.leave(live)
            raise
        try:
            await listener.begin(offers, resumes)
        except BaseException:
            await listener.leave()
            raise
        return listener

    async def _allowed(self, peer: Peer, request: JoinSession, visitor: Visitor) -> Standing:
        """The session, for whoever may listen to it. Raises RefusedError, RedisError."""
        async with self._limits.guess(peer.address):
            standing = await self._lookup.by_code(request.session_id)
        session = standing.session
        if request.moderator_token:
            if verify(request.moderator_token, self._needs.secret, "moderator").session_id != session.session_id:
                raise RefusedError("unauthorized", "The moderatorToken is that of another session.")
            return standing
        identity = await visitor.identity(request.token) if session.listeners == "signed-in" else None
        async with self._limits.pin(peer.address, session):
            may_listen(session, identity, request.pin)
        return standing

    async def _resumes(self, listener: LiveListener, request: JoinSession) -> bool:
        """It was here before. Raises RedisError."""
        session_id = listener.live.session.session_id
        return listener.known or await was_here(self._redis, session_id, listener.wish, request.resume)
