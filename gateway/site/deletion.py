"""`DELETE /api/sessions/{code}`: whoever spoke in a session takes it back."""

from typing import Any

from aiohttp import web

from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from gateway import metrics
from gateway.access.rules import may_delete
from gateway.access.token import SpeakerClaims, verify
from gateway.errors import RefusedError
from gateway.sessions.deletion import delete
from gateway.site.visitor import known_visitor
from gateway.surroundings import Surroundings
from schemas.topics import HOUR_MS


async def deletion(around: Surroundings, settings: Settings, request: web.Request) -> dict[str, Any]:
    """What was removed, and until when (Unix ms) Kafka keeps what was said. Raises RefusedError, RedisError."""
    try:
        claims = await check_owner(around, request)
        removed = await delete(around, request.match_info["code"], claims)
    except RefusedError as error:
        metrics.DELETIONS.labels(error.code).inc()
        raise
    metrics.DELETIONS.labels("ok").inc()
    now = now_ms()
    return {
        "sessionId": claims.session_id.rpartition("-")[0],
        "removedKeys": removed,
        "audioExpiresAt": now + round(settings.audio_retention_h * HOUR_MS),
        "textExpiresAt": now + round(settings.text_retention_h * HOUR_MS),
    }


async def check_owner(around: Surroundings, request: web.Request) -> SpeakerClaims:
    """Whoever has the speaker's token, or is signed in as the session's owner. Raises RefusedError, RedisError."""
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise RefusedError("unauthorized", "Say who you are: `Authorization: Bearer` and the session's speakerToken.")
    address = around.limits.address_of(request)
    around.limits.check_handshakes(address)
    try:
        return verify(credential.strip(), around.secret)
    except RefusedError:
        if around.access.mode != "oidc":
            await around.limits.failed_handshake(address)
            raise
    owner = await known_visitor(around, request)
    async with around.limits.guess(address):
        session = (await around.find(request.match_info["code"])).session
    may_delete(session, owner)
    return SpeakerClaims(session.session_id, session.partition, session.source_language)
