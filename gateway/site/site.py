"""The HTTP side: pages and what a guest may know."""

from math import ceil
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import hdrs, web
from redis.exceptions import RedisError

from dragoman.runtime.settings import Settings
from gateway import metrics
from gateway.access.http import ACCESS, REDIS, describe, ticket_for
from gateway.access.origins import Origins
from gateway.errors import RefusedError, going_away, unavailable
from gateway.limits.body import body_within
from gateway.parts import Parts
from gateway.site.about import about
from gateway.site.captions import Captions
from gateway.site.deletion import Deletions
from gateway.site.leaving import Farewells
from gateway.site.qr import private_qr, qr
from gateway.site.security import security
from gateway.site.storage import storage
from gateway.site.stray import stray
from gateway.site.transcripts import Exports, languages_of
from gateway.site.visitor import known_visitor
from gateway.sockets.handshake import Handshakes
from gateway.sockets.socket import SocketNeeds
from gateway.transcripts.archive import SessionReader
from gateway.transcripts.transcripts import Transcripts
from gateway.wire.peer import Peer
from schemas.notice import own_words, worded
from schemas.socket import ErrorCode

_READER = web.RequestKey("reader", str)
"""Where the page is from that may read the response."""
PAGES = Path(__file__).parents[1] / "pages"
_STATUS: dict[ErrorCode, int] = {
    "unauthorized": 401,
    "forbidden": 403,
    "session-not-found": 404,
    "session-ended": 410,
    "session-full": 429,
    "rate-limited": 429,
    "unavailable": 503,
}


class Routes:
    """The routes of the public port."""

    def __init__(self, parts: Parts, peers: set[Peer], origins: Origins, settings: Settings) -> None:
        self._parts, self._origins, self._settings = parts, origins, settings
        limits, lookup = parts.limits, parts.lookup
        self._transcripts = (
            Transcripts(SessionReader(settings.kafka, settings.history_s), worded(settings.notice))
            if settings.transcripts
            else None
        )
        self._exports = Exports(self._transcripts, lookup, limits)
        self._captions = Captions(parts.joining, limits, peers, lambda: parts.draining)
        self._deletions = Deletions(parts.deletion, lookup, limits, settings)
        self._farewells = Farewells(parts.here, lookup, limits, settings.secret)
        needs = SocketNeeds(parts.access, limits, parts.opening, parts.joining, parts.moderation, parts.redis)
        self._handshakes = Handshakes(needs, peers)

    def application(self) -> web.Application:
        """The aiohttp application."""
        middlewares = [_secured, self._from_here, body_within(self._settings.request_s)]
        app = web.Application(middlewares=middlewares, client_max_size=64 * 1024)
        app[ACCESS], app[REDIS] = self._parts.access, self._parts.redis
        app.add_routes(
            [
                web.get("/ws", self._socket),
                web.get("/", _page("landing.html")),
                web.get("/speak", _page("speak.html")),
                web.get("/moderate", _page("moderate.html")),
                web.get("/listen/{code}", _page("listen.html")),
                web.get("/overlay/{code}", _page("overlay.html")),
                web.get("/about", _page("about.html")),
                web.get("/api/about", self._about),
                web.get("/api/access", describe),
                web.post("/api/tickets", self._ticket),
                web.get("/api/languages", self._languages),
                web.get("/api/sessions/{code}", self._session),
                web.delete("/api/sessions/{code}", self._delete),
                web.get("/api/sessions/{code}/transcript", self._exports.transcript),
                web.get("/api/sessions/{code}/captions", self._read_captions, allow_head=False),
                web.post("/api/sessions/{code}/leave", self._leave),
                web.get("/api/sessions/{code}/qr.svg", self._qr),
                web.get("/api/here", self._here),
                web.static("/static", PAGES),
                web.get("/{path:.*}", stray, allow_head=False),
            ]
        )
        app.on_response_prepare.append(_nameless)
        app.on_response_prepare.append(_readable)
        app.on_cleanup.append(self._stop)
        return app

    @web.middleware
    async def _from_here(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Pages from elsewhere open no sockets and change nothing."""
        if request.path == "/ws" or request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
            self._origins.check(request.headers.get(hdrs.ORIGIN), request.host)
        response: web.StreamResponse = await handler(request)
        return response

    async def _stop(self, _: web.Application) -> None:
        if self._transcripts:
            await self._transcripts.stop()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self._parts.draining:
            raise going_away()
        return await self._handshakes.serve(request)

    async def _read_captions(self, request: web.Request) -> web.StreamResponse:
        """A stream makes people's words be translated: pages that may open no sockets may not open it, either.

        Those of the list may read it; and a picture or a script of a page is no reader.
        """
        origin = request.headers.get(hdrs.ORIGIN)
        self._origins.check(origin, request.host)
        if request.headers.get("Sec-Fetch-Mode") == "no-cors":
            raise RefusedError("forbidden", "Open this with EventSource or fetch, not as a part of a page.")
        request[_READER] = origin or ""
        return await self._captions.serve(request)

    async def _ticket(self, request: web.Request) -> web.Response:
        holder = await known_visitor(self._parts.limits, request)
        await self._parts.limits.ticket(holder.subject, self._parts.limits.address_of(request))
        return await ticket_for(request, holder)

    async def _session(self, request: web.Request) -> web.Response:
        limits = self._parts.limits
        async with limits.guess(limits.address_of(request)):
            standing = await self._parts.lookup.by_code(request.match_info["code"])
        session = standing.session
        away = not standing.speaker and session.state != "ended"
        offers = await self._parts.offers.now()
        return _json(
            {
                "sessionId": session.code,
                "title": session.title,
                "sourceLanguage": session.source_language,
                "detected": session.detected,
                "state": "away" if away else session.state,
                "languages": offers.languages(session.source_language),
                "listeners": session.listeners,
                "notice": own_words(self._settings.notice),
                "transcripts": sorted(await languages_of(self._parts.redis, session)) if self._transcripts else [],
            }
        )

    async def _here(self, request: web.Request) -> web.Response:
        """What a page asks before it begins: whether it may open sockets from where it was opened, and what is kept."""
        known = self._origins.knows(request.query.get("origin"), request.host)
        return _json({"known": known, **storage(self._settings)})

    async def _delete(self, request: web.Request) -> web.Response:
        return _json(await self._deletions.delete(request))

    async def _leave(self, request: web.Request) -> web.Response:
        return _json(await self._farewells.leave(request))

    async def _qr(self, request: web.Request) -> web.Response:
        parts = self._parts
        private = await private_qr(parts.limits, parts.public_url, self._settings.secret, request)
        return private or await qr(parts.lookup, parts.limits, parts.join_url, request)

    async def _about(self, _: web.Request) -> web.Response:
        return _json(about(self._settings, await self._parts.offers.now()))

    async def _languages(self, _: web.Request) -> web.Response:
        offers = await self._parts.offers.now()
        sources = {floor: offers.described(floor) for floor in offers.floors}
        return _json({"sourceLanguages": sources, "detect": offers.detects})


@web.middleware
async def _secured(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except RefusedError as error:
        response = _refused(error)
    except (RedisError, OSError):
        response = _refused(unavailable())
    except web.HTTPException as error:
        error.headers.update(security(request.app[ACCESS], request.host))
        raise
    if not response.prepared:
        for name, rule in security(request.app[ACCESS], request.host).items():
            response.headers.setdefault(name, rule)
    return response


async def _nameless(_: web.Request, response: web.StreamResponse) -> None:
    """Nobody needs to know which versions run here."""
    response.headers.pop(hdrs.SERVER, None)


async def _readable(request: web.Request, response: web.StreamResponse) -> None:
    """A page of elsewhere that may read says in its request where it is from."""
    if origin := request.get(_READER):
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.VARY] = hdrs.ORIGIN


def _refused(error: RefusedError) -> web.Response:
    metrics.ERRORS.labels(error.code).inc()
    response = _json(error.answer(), _STATUS.get(error.code, 400))
    if error.code == "unauthorized":
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    if error.retry_after_ms is not None:
        response.headers["Retry-After"] = str(ceil(error.retry_after_ms / 1000))
    return response


def _page(name: str) -> Any:
    async def page(_: web.Request) -> web.Response:
        return web.Response(body=(PAGES / name).read_bytes(), content_type="text/html", charset="utf-8")

    return page


def _json(content: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json", status=status)
