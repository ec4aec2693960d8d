"""`GET /api/sessions/{code}/qr.svg`: the link for listeners as a picture that phones read."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from xml.sax.saxutils import escape

import segno
from aiohttp import web

from gateway.limits.limits import Limits
from gateway.sessions.lookup import Lookup

QUIET = 4
"""Modules of white around it: ISO/IEC 18004 wants four."""
KEPT_S = 3600


async def qr(lookup: Lookup, limits: Limits, join_url: Callable[[str], str], request: web.Request) -> web.Response:
    """The answer; `join_url` is what listeners of a code open. Raises RefusedError, RedisError."""
    async with limits.guess(limits.address_of(request)):
        standing = await lookup.by_code(request.match_info["code"])
    return web.Response(
        text=picture(join_url(standing.session.code), standing.session.code),
        content_type="image/svg+xml",
        headers={"Cache-Control": f"private, max-age={KEPT_S}"},
    )


@lru_cache(maxsize=256)
def picture(link: str, code: str) -> str:
    """An SVG of `link`, black on white whatever the page's colours are, of any size without seams."""
    matrix = segno.make(link, error="m", micro=False).matrix
    side = len(matrix) + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f"<title>QR code: listen to {escape(code)}</title>"
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{"".join(_runs(matrix))}"/></svg>\n'
    )


def _runs(matrix: tuple[bytearray, ...]) -> Iterator[str]:
    for row, modules in enumerate(matrix):
        column = 0
        for dark, run in groupby(modules):
            length = len(list(run))
            if dark:
                yield f"M{column + QUIET} {row + QUIET}h{length}v1h-{length}z"
            column += length
