"""What a speaker and a moderator may do with a session, beside speaking: hide, show, withdraw, correct, end."""

import asyncio
from typing import assert_never

import structlog

from gateway.errors import RefusedError, unavailable
from gateway.moderating.captions import correct, withdraw
from gateway.sessions.live import LiveSession
from gateway.speaking.markers import now_ms
from gateway.surroundings import Surroundings
from schemas.channels import Control
from schemas.socket import (
    Answer,
    CaptionCorrected,
    CaptionsHidden,
    CaptionsShown,
    CaptionWithdrawn,
    Correct,
    EndSession,
    HideCaptions,
    SessionEnded,
    ShowCaptions,
    Withdraw,
)

log = structlog.get_logger()

ENDED_S = 15.0
"""How long the gateway that has the speaker may take to end a session for a moderator."""
LOOK_S = 0.1

Moderation = HideCaptions | ShowCaptions | Withdraw | Correct


async def moderate(around: Surroundings, live: LiveSession, action: Moderation) -> Answer:
    """Does it, for who may; says so. Raises RefusedError, RedisError."""
    session = live.session
    log.info("session.moderated", session_id=session.session_id, action=type(action).__name__)
    match action:
        case HideCaptions():
            await _hide(around, live, hidden=True)
            return CaptionsHidden(session_id=live.code)
        case ShowCaptions():
            await _hide(around, live, hidden=False)
            return CaptionsShown(session_id=live.code)
        case Withdraw():
            await withdraw(around, session, action.segment)
            return CaptionWithdrawn(session_id=live.code, segment=action.segment)
        case Correct():
            await correct(around, session, action.segment, action.language, action.text)
            return CaptionCorrected(session_id=live.code, segment=action.segment)
        case never:
            assert_never(never)


async def _hide(around: Surroundings, live: LiveSession, *, hidden: bool) -> None:
    session_id = live.session.session_id
    if not await around.sessions.hide(session_id, hidden=hidden):
        raise RefusedError("session-ended", "The session has ended.")
    await around.sessions.tell(session_id, Control(kind="state", at=now_ms()))
    await live.refresh()


async def end_for_moderator(around: Surroundings, live: LiveSession, _: EndSession) -> Answer:
    """Ends the session behind what its speaker said so far: only who has the speaker knows where that is.

    Raises RefusedError, RedisError.
    """
    session_id = live.session.session_id
    await around.sessions.tell(session_id, Control(kind="end-asked", at=now_ms()))
    try:
        async with asyncio.timeout(ENDED_S):
            while live.session.state != "ended":
                standing = await around.sessions.standing(session_id)
                if standing and not standing.speaker and standing.session.state != "ended":
                    await around.sessions.forsake(session_id)  # nobody is waited for any more
                await asyncio.sleep(LOOK_S)
                await live.refresh()
    except TimeoutError:
        raise unavailable() from None
    return SessionEnded(session_id=live.code)
