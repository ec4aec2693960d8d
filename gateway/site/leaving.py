"""`POST /api/sessions/{code}/leave`: a listener who cannot say `leaveSession`, for nothing goes up a stream."""

from aiohttp import web

from gateway.errors import RefusedError
from gateway.listening.known import listener_of
from gateway.surroundings import Surroundings
from schemas.socket import SessionLeft


async def leaving(around: Surroundings, request: web.Request) -> SessionLeft:
    """Nothing is made for this listener any more, whichever gateway it was on. Raises RefusedError, RedisError.

    Without a body, and with the token in the query: what a page can send while it is closed (`navigator.sendBeacon`),
    from another site, too.
    """
    async with around.limits.guess(around.limits.address_of(request)):
        standing = await around.find(request.match_info["code"])
    token = request.query.get("listener", "").encode("utf-8", "replace").decode()
    who = listener_of(token, standing.session.session_id, around.secret)
    if not who:
        raise RefusedError("forbidden", "Say who leaves: ?listener= and what `sessionJoined` has as `listener`.")
    live = await around.enter(standing)
    try:
        await live.demand.left(who)
    finally:
        await around.leave(live)
    return SessionLeft(session_id=standing.session.code)
