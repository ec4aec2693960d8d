"""`POST /api/sessions/{code}/leave`: a listener who cannot say `leaveSession`, for nothing goes up a stream."""

from aiohttp import web

from gateway.errors import RefusedError
from gateway.limits.limits import Limits
from gateway.listening.known import listener_of
from gateway.sessions.here import SessionsHere
from gateway.sessions.lookup import Lookup
from schemas.socket import SessionLeft


class Farewells:
    """The route."""

    def __init__(self, here: SessionsHere, lookup: Lookup, limits: Limits, secret: str) -> None:
        self._here, self._lookup, self._limits, self._secret = here, lookup, limits, secret

    async def leave(self, request: web.Request) -> SessionLeft:
        """Nothing is made for this listener any more, whichever gateway it was on. Raises RefusedError, RedisError.

        Without a body, and with the token in the query: what a page can send while it is closed
        (`navigator.sendBeacon`), from another site, too.
        """
        async with self._limits.guess(self._limits.address_of(request)):
            standing = await self._lookup.by_code(request.match_info["code"])
        token = request.query.get("listener", "").encode("utf-8", "replace").decode()
        who = listener_of(token, standing.session.session_id, self._secret)
        if not who:
            raise RefusedError("forbidden", "Say who leaves: ?listener= and what `sessionJoined` has as `listener`.")
        live = await self._here.enter(standing)
        try:
            await live.demand.left(who)
        finally:
            await self._here.leave(live)
        return SessionLeft(session_id=standing.session.code)
