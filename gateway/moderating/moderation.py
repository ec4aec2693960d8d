"""What a speaker and a moderator may do with a session, beside speaking: hide, show, withdraw, correct, end."""

import asyncio
from typing import Any, assert_never

import structlog

from dragoman.runtime.wall_clock import now_ms
from gateway.channels.offers import CurrentOffers
from gateway.errors import RefusedError, unavailable
from gateway.kafka.log import KafkaLog
from gateway.moderating.captions import correct, withdraw
from gateway.sessions.live import LiveSession
from gateway.sessions.sessions import Sessions
from schemas.channels import Control
from schemas.socket import (
    Answer,
    CaptionCorrected,
    CaptionsHidden,
    CaptionsShown,
    CaptionWithdrawn,
    Correct,
    HideCaptions,
    SessionEnded,
    ShowCaptions,
    Withdraw,
)

log = structlog.get_logger()

ENDED_S = 15.0
"""How long the gateway that has the speaker may take to end a session for a moderator."""
LOOK_S = 0.1


class Moderation:
    """Of all sessions that have a socket here."""

    def __init__(self, sessions: Sessions, kafka_log: KafkaLog, redis: Any, offers: CurrentOffers) -> None:
        self._sessions, self._log, self._redis, self._offers = sessions, kafka_log, redis, offers

    async def act(self, live: LiveSession, action: HideCaptions | ShowCaptions | Withdraw | Correct) -> Answer:
        """Does it, for who may; says so. Raises RefusedError, RedisError."""
        session = live.session
        log.info("session.moderated", session_id=session.session_id, action=type(action).__name__)
        match action:
            case HideCaptions():
                await self._hide(live, hidden=True)
                return CaptionsHidden(session_id=live.code)
            case ShowCaptions():
                await self._hide(live, hidden=False)
                return CaptionsShown(session_id=live.code)
            case Withdraw():
                floors = (await self._offers.now()).floors
                await withdraw(self._log, self._redis, session, action.segment, floors)
                return CaptionWithdrawn(session_id=live.code, segment=action.segment)
            case Correct():
                floors = (await self._offers.now()).floors
                await correct(self._log, self._redis, session, action.segment, action.language, action.text, floors)
                return CaptionCorrected(session_id=live.code, segment=action.segment)
            case _:
                assert_never(action)

    async def end(self, live: LiveSession) -> Answer:
        """Ends the session behind what its speaker said so far: only who has the speaker knows where that is.

        Raises RefusedError, RedisError.
        """
        session_id = live.session.session_id
        await self._sessions.tell(session_id, Control(kind="end-asked", at=now_ms()))
        try:
            async with asyncio.timeout(ENDED_S):
                while live.session.state != "ended":
                    standing = await self._sessions.standing(session_id)
                    if standing and not standing.speaker and standing.session.state != "ended":
                        await self._sessions.forsake(session_id)  # nobody is waited for any more
                    await asyncio.sleep(LOOK_S)
                    await live.refresh()
        except TimeoutError:
            raise unavailable() from None
        return SessionEnded(session_id=live.code)

    async def _hide(self, live: LiveSession, *, hidden: bool) -> None:
        session_id = live.session.session_id
        if not await self._sessions.hide(session_id, hidden=hidden):
            raise RefusedError("session-ended", "The session has ended.")
        await self._sessions.tell(session_id, Control(kind="state", at=now_ms()))
        await live.refresh()
