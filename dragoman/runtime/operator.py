"""A process's operator port: /metrics (Prometheus), /healthz (the main loop turns), /readyz (it can do its work)."""

from collections.abc import Callable, Iterable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dragoman.runtime.errors import DragomanError


async def serve_operator_port(
    host: str, port: int, ready: Callable[[], str], more: Iterable[web.RouteDef] = ()
) -> tuple[web.AppRunner, int]:
    """Starts the port on the running loop; `ready` says what is missing, or nothing; `more` are routes of this process
    alone. Returns the runner and the port.

    Raises DragomanError when the port is taken.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        missing = ready()
        return web.Response(text=f"{missing or 'ready'}\n", status=503 if missing else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics), *more])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise DragomanError(
            f"operator port {port} is taken on {host}: stop what uses it or set DRAGOMAN_OPERATOR_PORT"
        ) from error
    return runner, int(runner.addresses[0][1])
