"""The operators' page: what it shows as JSON, and what can be done on it. Nothing is changed by a GET."""

from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from aiohttp import hdrs, web
from redis.exceptions import RedisError

from dragoman.ops.board import Board
from dragoman.ops.dead_letters import discard_letter, fate, find_letter, overtaken, replay_letter
from dragoman.ops.live import end, hide
from dragoman.ops.page.access import COOKIE, MARK, Caller, PageAccess, by_proxy
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings

log = structlog.get_logger()

FILES: Final = Path(__file__).parent / "files"
LOOK: Final = Path(__file__).parents[3] / "gateway/pages"
"""Where that is which all pages look like."""
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LOCKED: Final = (
    "Only the machine itself sees this page. Set DRAGOMAN_OPS_TOKEN to see it from elsewhere, or come by"
    " `kubectl port-forward` or `ssh -L`."
)


class OperatorPage:
    """The routes."""

    def __init__(self, board: Board, access: PageAccess, kafka: str, redis: Any) -> None:
        self._board, self._access, self._kafka, self._redis = board, access, kafka, redis
        self._in_hand: set[str] = set()
        """Letters with which something is being done."""

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(middlewares=[self._guarded], client_max_size=16 * 1024)
        app.add_routes(
            [
                web.get("/", _to_page),
                web.get("/ops", _file(FILES / "ops.html")),
                web.get("/ops/style.css", _file(LOOK / "style.css")),
                web.get("/ops/icon.svg", _file(LOOK / "icon.svg")),
                web.static("/ops/files", FILES),
                web.get("/ops/api/board", self._told),
                web.post("/ops/api/login", self._login),
                web.post("/ops/api/logout", self._logout),
                web.post("/ops/api/sessions/{id}/{action:hide|show|end}", self._session),
                web.post("/ops/api/letters/{id}/{action:replay|force|discard}", self._letter),
            ]
        )
        app.on_response_prepare.append(_secured)
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """The page itself says nothing; all that it shows or does is for those who may."""
        caller = _caller(request)
        try:
            if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
                login = request.path == "/ops/api/login" and self._access.asks and caller.marked
                if not login and not self._access.may_act(caller):
                    return self._refused(caller)
            elif request.path.startswith("/ops/api/") and not self._access.may_see(caller):
                return self._refused(caller)
            response: web.StreamResponse = await handler(request)
        except DragomanError as error:
            return _said(409, str(error))
        except (RedisError, OSError) as error:
            return _said(503, f"Redis does not answer ({type(error).__name__}).")
        return response

    def _refused(self, caller: Caller) -> web.Response:
        log.warning("ops.refused", remote=caller.remote)
        return _said(401, "The token is asked for.") if self._access.asks else _said(403, _LOCKED)

    async def _told(self, _: web.Request) -> web.Response:
        headers = {MARK: "token"} if self._access.asks else {}  # then there is something to sign out of
        body = msgspec.json.encode(self._board.told())
        return web.Response(body=body, headers=headers, content_type="application/json")

    async def _login(self, request: web.Request) -> web.Response:
        try:
            token = msgspec.json.decode(await request.read(), type=dict[str, str]).get("token", "")
        except msgspec.MsgspecError:
            return _said(400, "It must be a JSON object with the member `token`.")
        if not self._access.right(token):
            return self._refused(_caller(request))
        response = _said(200, "")
        safe = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        response.set_cookie(COOKIE, self._access.cookie, path="/ops", httponly=True, samesite="Strict", secure=safe)
        return response

    async def _logout(self, _: web.Request) -> web.Response:
        response = _said(200, "")
        response.del_cookie(COOKIE, path="/ops")
        return response

    async def _session(self, request: web.Request) -> web.Response:
        session_id, action = request.match_info["id"], request.match_info["action"]
        log.info("ops.session", session_id=session_id, action=action)
        if action == "end":
            done = await end(self._redis, session_id)
            return _said(200, "") if done else _said(504, "No gateway has ended it yet: look again in a moment.")
        done = await hide(self._redis, session_id, hidden=action == "hide")
        return _said(200, "") if done else _said(404, "It is over, or there is none.")

    async def _letter(self, request: web.Request) -> web.Response:
        """One thing at a time: asked for twice at once, a record would be given back twice."""
        wanted = request.match_info["id"]
        if wanted in self._in_hand:
            return _said(409, f"{wanted} is in hand already: look again in a moment.")
        self._in_hand.add(wanted)
        try:
            return await self._handled(wanted, request.match_info["action"])
        finally:
            self._in_hand.discard(wanted)

    async def _handled(self, wanted: str, action: str) -> web.Response:
        letter = await find_letter(self._kafka, wanted)
        log.info("ops.letter", letter=wanted, action=action)
        if action == "discard":
            await discard_letter(self._kafka, letter)
            return _said(200, f"{wanted} is discarded.")
        if action == "replay" and await overtaken(self._kafka, letter):
            return _said(412, f"{wanted} was overtaken: {fate(letter)}.")
        offset = await replay_letter(self._kafka, letter)
        return _said(200, f"{wanted} is given back as {letter.dead.topic}:{letter.dead.partition}:{offset}.")


async def serve_page(settings: Settings, page: OperatorPage) -> tuple[web.AppRunner, int]:
    """Starts it on its own port; returns the runner and the port. Raises DragomanError when the port is taken."""
    runner = web.AppRunner(page.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.ops_host, settings.ops_port).start()
    except OSError as error:
        await runner.cleanup()
        raise DragomanError(
            f"port {settings.ops_port} of the operators' page is taken on {settings.ops_host}: stop what uses it or set"
            " DRAGOMAN_OPS_PORT"
        ) from error
    return runner, int(runner.addresses[0][1])


def _caller(request: web.Request) -> Caller:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return Caller(
        remote=request.remote or "",
        host=request.host,
        origin=request.headers.get(hdrs.ORIGIN, ""),
        forwarded=by_proxy(request.headers, request.version),
        bearer=token.strip() if scheme.lower() == "bearer" else "",
        cookie=request.cookies.get(COOKIE, ""),
        marked=MARK in request.headers,
    )


def _said(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)


def _file(path: Path) -> Any:
    async def given(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return given


async def _to_page(_: web.Request) -> web.Response:
    raise web.HTTPFound("/ops")


async def _secured(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
