"""The HTTP side: pages and what a guest may know."""

from math import ceil
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from redis.exceptions import RedisError

from gateway.errors import RefusedError, unavailable
from gateway.sockets.handshake import serve
from gateway.sockets.peer import Peer
from gateway.surroundings import Surroundings
from schemas.languages import ANY
from schemas.socket import ErrorCode

PAGES = Path(__file__).parents[1] / "pages"
_STATUS: dict[ErrorCode, int] = {
    "unauthorized": 401,
    "forbidden": 403,
    "session-not-found": 404,
    "session-ended": 410,
    "rate-limited": 429,
    "unavailable": 503,
}
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:;"
        " media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Site:
    """The routes of the public port."""

    def __init__(self, around: Surroundings, peers: set[Peer]) -> None:
        self._around, self._peers = around, peers

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(middlewares=[_secured], client_max_size=64 * 1024)
        app.add_routes(
            [
                web.get("/ws", self._socket),
                web.get("/", _page("landing.html")),
                web.get("/speak", _page("speak.html")),
                web.get("/listen/{code}", _page("listen.html")),
                web.get("/overlay/{code}", _page("overlay.html")),
                web.get("/api/languages", self._languages),
                web.get("/api/sessions/{code}", self._session),
                web.static("/static", PAGES),
            ]
        )
        return app

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self._around.draining:
            raise RefusedError("unavailable", "This gateway is going away: connect again to reach another one.")
        return await serve(self._around, self._peers, request)

    async def _session(self, request: web.Request) -> web.Response:
        standing = await self._around.find(request.match_info["code"])
        session = standing.session
        away = not standing.speaker and session.state != "ended"
        offers = await self._around.offers()
        return _json(
            {
                "sessionId": session.code,
                "title": session.title,
                "sourceLanguage": session.source_language,
                "state": "away" if away else session.state,
                "languages": offers.languages(session.source_language),
                "listeners": session.listeners,
            }
        )

    async def _languages(self, _: web.Request) -> web.Response:
        offers = await self._around.offers()
        floors = [language for language in offers.transcribe if language != ANY]
        return _json({"sourceLanguages": {floor: offers.languages(floor) for floor in floors}})


@web.middleware
async def _secured(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except RefusedError as error:
        response = _refused(error)
    except (RedisError, OSError):
        response = _refused(unavailable())
    except web.HTTPException as error:
        error.headers.update(_SECURITY)
        raise
    if not response.prepared:
        response.headers.update(_SECURITY)
    return response


def _refused(error: RefusedError) -> web.Response:
    response = _json(error.answer(), _STATUS.get(error.code, 400))
    if error.retry_after_ms is not None:
        response.headers["Retry-After"] = str(ceil(error.retry_after_ms / 1000))
    return response


def _page(name: str) -> Any:
    async def page(_: web.Request) -> web.Response:
        return web.Response(body=(PAGES / name).read_bytes(), content_type="text/html", charset="utf-8")

    return page


def _json(content: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json", status=status)
