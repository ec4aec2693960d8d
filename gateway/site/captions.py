"""`GET /api/sessions/{code}/captions`: a listener who only reads, by server-sent events."""

from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import unquote

import msgspec
from aiohttp import hdrs, web
from redis.exceptions import RedisError

from gateway import metrics
from gateway.access.http import ACCESS, REDIS
from gateway.access.tickets import redeem
from gateway.access.visitor import Visitor
from gateway.errors import RefusedError, going_away, unavailable
from gateway.limits.limits import Limits
from gateway.listening.joining import Joining
from gateway.listening.listener import LiveListener
from gateway.site.security import security
from gateway.sockets.request import fault
from gateway.wire import events
from gateway.wire.expiry import expire_at
from gateway.wire.peer import Peer
from gateway.wire.stream import RETRY_MS, Stream
from schemas.socket import RETRYABLE, JoinSession

LAST_EVENT_ID = "Last-Event-ID"
HEADERS = {
    hdrs.CACHE_CONTROL: "no-cache, no-store, no-transform",
    "X-Accel-Buffering": "no",  # nginx would keep captions until it has a pageful
}


class Query(msgspec.Struct, frozen=True):
    """The members of the query."""

    language: str
    """As `targetLanguage` of joinSession."""
    mode: Literal["steady", "fast"] = "steady"
    """As in joinSession."""
    history: int = 20
    """As in joinSession."""
    pin: str = ""
    """The session's PIN; also in the header X-Dragoman-Pin, percent-encoded."""
    ticket: str = ""
    """Of `POST /api/tickets`, for who can send no header Authorization."""
    listener: str = ""
    """As in `resume`."""
    wished: str = ""
    """As in joinSession."""


class Response(web.StreamResponse):
    """Ends with the connection: no chunks, which HTTP/1.0 does not know, so that all readers get the same bytes."""

    _length_check = False


class Captions:
    """The door for those who only read."""

    def __init__(self, joining: Joining, limits: Limits, peers: set[Peer], draining: Callable[[], bool]) -> None:
        """`peers` are those of the gateway; each is among them as long as it is connected."""
        self._joining, self._limits, self._peers, self._draining = joining, limits, peers, draining

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serves a reader to the end. Raises RefusedError, RedisError and OSError, all of them before it begins."""
        if request.headers.get(LAST_EVENT_ID) == events.ENDED:
            return web.Response(status=204)  # to an EventSource: do not come back
        try:
            return await self._read(request)
        except RefusedError as error:
            return _for_who_comes_back(request, error)
        except (RedisError, OSError):
            return _for_who_comes_back(request, unavailable())

    async def _read(self, request: web.Request) -> web.StreamResponse:
        if self._draining():
            raise going_away()
        limits = self._limits
        address = limits.address_of(request)
        limits.check_socket(address, len(self._peers))
        query = _query(request)
        joining = _joining(request, query)
        if request.transport is None:
            raise ConnectionResetError
        stream = Stream(request.transport, address)
        self._peers.add(stream)
        try:
            async with limits.credential(address, shown=bool(joining.token or query.ticket)):
                brought = await redeem(request.app[REDIS], query.ticket) if query.ticket else None
                visitor = Visitor(request.app[ACCESS], brought)
                listener = await self._joining.join(stream, joining, visitor)
            stream.reached(listener.place)
            return await _serve(request, stream, listener, visitor.until)
        finally:
            self._peers.discard(stream)


def _for_who_comes_back(request: web.Request, error: RefusedError) -> web.Response:
    """An EventSource gives up at any status but 200: what passes is told to one that comes back in a stream."""
    if LAST_EVENT_ID not in request.headers or not RETRYABLE[error.code]:
        raise error
    metrics.ERRORS.labels(error.code).inc()
    told = events.retry(error.retry_after_ms or 2 * RETRY_MS) + events.event(msgspec.json.encode(error.answer()))
    return web.Response(body=told, content_type=events.CONTENT_TYPE, headers=HEADERS)


async def _serve(
    request: web.Request, stream: Stream, listener: LiveListener, until: float | None
) -> web.StreamResponse:
    response = Response(headers=security(request.app[ACCESS], request.host) | HEADERS)
    response.content_type = events.CONTENT_TYPE
    response.charset = "utf-8"
    response.force_close()
    request.protocol.close()  # more requests on this connection would wait in memory for its end: they are not read
    begun = False
    expiry = expire_at(until, stream)
    metrics.SOCKETS.labels("stream").inc()
    try:
        await response.prepare(request)
        begun = not stream.gone
        stream.begin()
        await stream.over.wait()
    finally:
        metrics.SOCKETS.labels("stream").dec()
        if expiry:
            expiry.cancel()
        await listener.leave(on_purpose=not begun)
    return response


def _joining(request: web.Request, query: Query) -> JoinSession:
    scheme, _, credential = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return JoinSession(
        session_id=request.match_info["code"],
        target_language=query.language,
        audio=False,
        mode=query.mode,
        history=query.history,
        wished=query.wished,
        pin=unquote(request.headers.get("X-Dragoman-Pin", "")) or query.pin,
        token=credential.strip() if scheme.lower() == "bearer" else "",
        resume=events.resume_from(request.headers.get(LAST_EVENT_ID, ""), query.listener),
    )


def _query(request: web.Request) -> Query:
    if "language" not in request.query:
        raise RefusedError("bad-message", "Say in which language: ?language=es")
    try:
        return msgspec.convert(_plain(request.query), Query, strict=False)
    except msgspec.ValidationError as error:
        raise RefusedError("bad-message", fault(str(error))) from None


def _plain(query: Mapping[str, str]) -> dict[str, str]:
    """Without what is no text in UTF-8."""
    return {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
