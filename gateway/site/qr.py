"""`GET /api/sessions/{code}/qr.svg`: a session's link as a picture that phones read.

That of its listeners; for who shows the speaker's token, with `?of=speak`, the one that moves the session to another
device; and with that of a moderator and `?of=moderate` the moderator's.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from urllib.parse import quote
from xml.sax.saxutils import escape

import segno
from aiohttp import web

from gateway.access.token import Role, verify
from gateway.limits.limits import Limits
from gateway.sessions.lookup import Lookup

QUIET = 4
"""Modules of white around it: ISO/IEC 18004 wants four."""
KEPT_S = 3600
_PRIVATE: dict[str, Role] = {"speak": "speaker", "moderate": "moderator"}
"""Pages whose links are for one person, and whose token opens them."""


async def qr(lookup: Lookup, limits: Limits, join_url: Callable[[str], str], request: web.Request) -> web.Response:
    """The answer; `join_url` is what listeners of a code open. Raises RefusedError, RedisError."""
    async with limits.guess(limits.address_of(request)):
        standing = await lookup.by_code(request.match_info["code"])
    return web.Response(
        text=picture(join_url(standing.session.code), standing.session.code),
        content_type="image/svg+xml",
        headers={"Cache-Control": f"private, max-age={KEPT_S}"},
    )


async def private_qr(limits: Limits, public_url: str, secret: str, request: web.Request) -> web.Response | None:
    """The answer to who wants the link for one person only; None: that is not what is asked for. Raises RefusedError.

    What stands behind the # is sent to no server, and so in no log of one.
    """
    page = request.query.get("of", "")
    if page not in _PRIVATE:
        return None
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()
    async with limits.credential(limits.address_of(request), shown=True):
        session_id = verify(token, secret, _PRIVATE[page]).session_id
    code = session_id.rpartition("-")[0]
    svg = picture.__wrapped__(f"{public_url}/{page}#{quote(code)}/{token}", code)
    return web.Response(text=svg, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


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
