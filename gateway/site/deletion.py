"""`DELETE /api/sessions/{code}`: whoever spoke in a session takes it back."""

from typing import Any

from aiohttp import web

from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from gateway import metrics
from gateway.access.http import ACCESS
from gateway.access.rules import may_delete
from gateway.access.token import SpeakerClaims, verify
from gateway.errors import RefusedError
from gateway.limits.limits import Limits
from gateway.sessions.deletion import Deletion
from gateway.sessions.lookup import Lookup
from gateway.site.visitor import known_visitor
from schemas.topics import HOUR_MS


class Deletions:
    """The route, and who may use it."""

    def __init__(self, deletion: Deletion, lookup: Lookup, limits: Limits, settings: Settings) -> None:
        self._deletion, self._lookup, self._limits, self._settings = deletion, lookup, limits, settings

    async def delete(self, request: web.Request) -> dict[str, Any]:
        """What was removed, and until when (Unix ms) Kafka keeps what was said. Raises RefusedError, RedisError."""
        try:
            claims = await self._owner(request)
            removed = await self._deletion.delete(request.match_info["code"], claims)
        except RefusedError as error:
            metrics.DELETIONS.labels(error.code).inc()
            raise
        metrics.DELETIONS.labels("ok").inc()
        now = now_ms()
        return {
            "sessionId": claims.session_id.rpartition("-")[0],
            "removedKeys": removed,
            "audioExpiresAt": now + round(self._settings.audio_retention_h * HOUR_MS),
            "textExpiresAt": now + round(self._settings.text_retention_h * HOUR_MS),
        }

    async def _owner(self, request: web.Request) -> SpeakerClaims:
        """Whoever has the speaker's token, or is signed in as the session's owner. Raises RefusedError, RedisError."""
        scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credential:
            message = "Say who you are: `Authorization: Bearer` and the session's speakerToken."
            raise RefusedError("unauthorized", message)
        address = self._limits.address_of(request)
        self._limits.check_handshakes(address)
        try:
            return verify(credential.strip(), self._settings.secret)
        except RefusedError:
            if request.app[ACCESS].mode != "oidc":
                await self._limits.failed_handshake(address)
                raise
        owner = await known_visitor(self._limits, request)
        async with self._limits.guess(address):
            session = (await self._lookup.by_code(request.match_info["code"])).session
        may_delete(session, owner)
        return SpeakerClaims(session.session_id, session.partition, session.source_language)
