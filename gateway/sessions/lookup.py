"""How a session is found: by its code, or by its speaker's token; also one that Redis has just forgotten."""

from gateway.access.token import SpeakerClaims
from gateway.errors import RefusedError
from gateway.sessions.restoration import Restoration
from gateway.sessions.sessions import Sessions, Standing


class Lookup:
    """Waits where Redis lost its memory until it has that back."""

    def __init__(self, sessions: Sessions, restoration: Restoration) -> None:
        self._sessions, self._restoration = sessions, restoration

    async def by_code(self, typed: str) -> Standing:
        """The session behind a code, however it is typed. Raises RefusedError, RedisError."""
        standing = await self._sessions.find(typed)
        if standing is None:
            await self._restoration.complete()  # Redis may just have forgotten it
            standing = await self._sessions.find(typed)
        if standing is None:
            raise RefusedError("session-not-found", "There is no session with this code: check it.")
        return standing

    async def by_token(self, claims: SpeakerClaims) -> Standing:
        """The session of a speaker's token. Raises RefusedError, RedisError."""
        await self._restoration.complete()
        standing = await self._sessions.standing(claims.session_id)
        if standing is None and not await self._sessions.deleted(claims.session_id):
            await self._restoration.one(claims)
            standing = await self._sessions.standing(claims.session_id)
        if standing is None:
            raise RefusedError("session-not-found", "The session is no longer known.")
        return standing
