"""How long the body of a request may take."""

import asyncio
from typing import Any

from aiohttp import web

from gateway import metrics


def body_within(seconds: float) -> Any:
    """A middleware that reads the body before the route does, so that no route waits for one that trickles in."""

    @web.middleware
    async def read(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.can_read_body:
            try:
                async with asyncio.timeout(seconds):
                    await request.read()  # aiohttp keeps it
            except TimeoutError:
                metrics.LIMITED.labels("body").inc()
                raise web.HTTPRequestTimeout from None
        response: web.StreamResponse = await handler(request)
        return response

    return read
