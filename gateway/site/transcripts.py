"""`GET /api/sessions/{code}/transcript`: what was said, as a file."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from aiohttp import web

from dragoman.transcripts.formats import CONTENT_TYPES, FORMATS, Format, file_name
from dragoman.transcripts.timing import CLOCKS, Clock, Timing, seconds
from gateway import metrics
from gateway.access.rules import may_listen
from gateway.errors import RefusedError
from gateway.site.visitor import visitor
from gateway.surroundings import Surroundings
from gateway.transcripts.transcripts import Transcripts
from schemas.channels import languages_key
from schemas.languages import AUTO
from schemas.messages import Session


async def transcript(around: Surroundings, transcripts: Transcripts | None, request: web.Request) -> web.Response:
    """The answer; `transcripts` is None where they are switched off. Raises RefusedError, RedisError."""
    asked = request.query.get("format", "txt")
    form: Format | None = next((known for known in FORMATS if known == asked), None)
    try:
        response = await _transcript(around, transcripts, request, form)
    except RefusedError as error:
        metrics.EXPORTS.labels(form or "unknown", error.code).inc()
        raise
    metrics.EXPORTS.labels(form, "ok").inc()
    return response


async def languages_of(around: Surroundings, session: Session) -> frozenset[str]:
    """Languages in which the session has, or soon has, text. Raises RedisError."""
    known = await around.redis.smembers(languages_key(session.session_id))
    return frozenset({session.source_language, *(language.decode() for language in known)} - {AUTO})


async def find_for_reader(around: Surroundings, request: web.Request) -> Session:
    """The session, for whoever may listen to it: a PIN comes percent-encoded in `X-Dragoman-Pin`, or as `pin` in the
    query, a credential in `Authorization`. Raises RefusedError, RedisError.
    """
    pin = unquote(request.headers.get("X-Dragoman-Pin", "")) or request.query.get("pin", "")
    limits = around.limits
    address = limits.address_of(request)
    async with limits.guess(address):
        session = (await around.find(request.match_info["code"])).session
    reader = await visitor(around, request) if session.listeners == "signed-in" else None
    async with limits.pin(address, session):
        may_listen(session, reader, pin.encode("utf-8", "replace").decode())
    return session


async def _transcript(
    around: Surroundings, transcripts: Transcripts | None, request: web.Request, form: Format | None
) -> web.Response:
    if transcripts is None:
        raise RefusedError("forbidden", "Transcripts are not given away here: ask who runs the service.")
    if form is None:
        raise RefusedError("bad-message", f"The format must be one of {', '.join(FORMATS)}.")
    session = await find_for_reader(around, request)
    languages = await languages_of(around, session)
    wanted, marks = request.query.get("language", ""), request.query.get("marks", "on") != "off"
    language, file = await transcripts.file(session, languages, wanted, form, _timing(request.query), marks)
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
