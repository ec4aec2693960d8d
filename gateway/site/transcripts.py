"""`GET /api/sessions/{code}/transcript`: what was said, as a file."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import web

from dragoman.transcripts.formats import CONTENT_TYPES, FORMATS, FileFormat, file_name
from dragoman.transcripts.timing import CLOCKS, Clock, Timing, seconds
from gateway import metrics
from gateway.access.http import REDIS
from gateway.access.rules import may_listen
from gateway.errors import RefusedError
from gateway.limits.limits import Limits
from gateway.sessions.lookup import Lookup
from gateway.site.visitor import visitor
from gateway.transcripts.transcripts import Transcripts
from schemas.channels import languages_key
from schemas.languages import AUTO
from schemas.messages import Session


class Exports:
    """The route, and who may use it."""

    def __init__(self, transcripts: Transcripts | None, lookup: Lookup, limits: Limits) -> None:
        """`transcripts` is None where they are switched off."""
        self._transcripts, self._lookup, self._limits = transcripts, lookup, limits

    async def transcript(self, request: web.Request) -> web.Response:
        """The answer. Raises RefusedError, RedisError."""
        asked = request.query.get("format", "txt")
        form: FileFormat | None = next((known for known in FORMATS if known == asked), None)
        try:
            response = await self._transcript(request, form)
        except RefusedError as error:
            metrics.EXPORTS.labels(form or "unknown", error.code).inc()
            raise
        metrics.EXPORTS.labels(form, "ok").inc()
        return response

    async def _transcript(self, request: web.Request, form: FileFormat | None) -> web.Response:
        if self._transcripts is None:
            raise RefusedError("forbidden", "Transcripts are not given away here: ask who runs the service.")
        if form is None:
            raise RefusedError("bad-message", f"The format must be one of {', '.join(FORMATS)}.")
        session = await self._find_for_reader(request)
        languages = await languages_of(request.app[REDIS], session)
        wanted, marks = request.query.get("language", ""), request.query.get("marks", "on") != "off"
        timing = _timing(request.query)
        language, file = await self._transcripts.file(session, languages, wanted, form, timing, marks)
        return web.Response(
            body=file,
            content_type=CONTENT_TYPES[form],
            charset="utf-8",
            headers={
                "Content-Disposition": _attachment(file_name(session, language, form)),
                "Content-Language": language,
                "Cache-Control": "no-store",
            },
        )

    async def _find_for_reader(self, request: web.Request) -> Session:
        """The session, for whoever may listen to it: a PIN comes percent-encoded in `X-Dragoman-Pin`, or as `pin` in
        the query, a credential in `Authorization`. Raises RefusedError, RedisError.
        """
        pin = unquote(request.headers.get("X-Dragoman-Pin", "")) or request.query.get("pin", "")
        limits = self._limits
        address = limits.address_of(request)
        async with limits.guess(address):
            session = (await self._lookup.by_code(request.match_info["code"])).session
        reader = await visitor(limits, request) if session.listeners == "signed-in" else None
        async with limits.pin(address, session):
            may_listen(session, reader, pin.encode("utf-8", "replace").decode())
        return session


async def languages_of(redis: Any, session: Session) -> frozenset[str]:
    """Languages in which the session has, or soon has, text. Raises RedisError."""
    known = await redis.smembers(languages_key(session.session_id))
    return frozenset({session.source_language, *(language.decode() for language in known)} - {AUTO})


def _timing(query: Mapping[str, str]) -> Timing:
    """`clock`, and the times `offset`, `from` and `to`. Raises RefusedError."""
    clock: Clock | None = next((known for known in CLOCKS if known == query.get("clock", "media")), None)
    if clock is None:
        raise RefusedError("bad-message", f"The clock must be one of {', '.join(CLOCKS)}.")
    times: dict[str, float | None] = {}
    for name in ("offset", "from", "to"):
        times[name] = seconds(query[name].replace(" ", "+")) if query.get(name) else None
        if query.get(name) and times[name] is None:
            raise RefusedError("bad-message", f"The member `{name}` is no time: write 90, 1:30 or 0:01:30.5.")
    return Timing(clock, times["offset"] or 0.0, times["from"], times["to"])


def _attachment(name: str) -> str:
    """RFC 6266: the name, and before it one for those who read ASCII only."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", name).lstrip("-.")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
