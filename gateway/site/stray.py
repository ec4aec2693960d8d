"""Addresses that people mistype: they lead to the page that is meant, or to one that helps."""

from pathlib import Path

from aiohttp import web

PAGES = Path(__file__).parents[1] / "pages"
_WITH_CODE = ("listen", "overlay")
_ALONE = ("speak", "moderate")
_OURS = ("api", "static", "ws")
"""What programs ask for gets the plain answer."""


async def stray(request: web.Request) -> web.Response:
    """Sends a browser to the page that is meant. Raises HTTPNotFound for what is none of people's addresses."""
    parts = [part for part in request.rel_url.raw_path.split("/") if part]
    if not parts or parts[0].lower() in _OURS:
        raise web.HTTPNotFound
    if meant := meant_by(parts):
        query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
        if meant != request.rel_url.raw_path:
            raise web.HTTPFound(meant + query)
    page = (PAGES / "lost.html").read_bytes()
    return web.Response(status=404, body=page, content_type="text/html", charset="utf-8")


def meant_by(parts: list[str]) -> str:
    """The path of the page that somebody means who types these; empty: nobody knows."""
    name, *rest = parts
    name = name.lower()
    if name in _ALONE and not rest:
        return f"/{name}"
    if name in _WITH_CODE and len(rest) == 1:
        return f"/{name}/{rest[0]}"
    if name in _WITH_CODE and not rest:
        return "/"
    return ""
