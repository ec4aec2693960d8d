"""The language of a session's floor, when it was found out or changed: what counts, and who is told."""

import asyncio
from typing import TYPE_CHECKING

import msgspec
import structlog
from redis.exceptions import RedisError

from gateway.errors import RefusedError
from gateway.listening.offers import Offers
from schemas.languages import AUTO
from schemas.messages import Session
from schemas.socket import SourceLanguageChanged

if TYPE_CHECKING:
    from gateway.listening.listener import Listener
    from gateway.sessions.live import LiveSession
    from gateway.surroundings import Surroundings

log = structlog.get_logger()

AGAIN_S = 1.0


def with_detected(session: Session, detected: str) -> Session:
    """The session with what Redis says was found out, if that was since its speaker asked for it."""
    language, _, until = detected.partition(" ")
    if session.source_language != AUTO or not until or int(until) <= session.language_since:
        return session
    return msgspec.structs.replace(session, source_language=language, detected=True)


def not_forgotten(session: Session, known: Session) -> Session:
    """The session as Redis has it; if that forgot what was found out, it is still `known`."""
    forgot = session.source_language == AUTO and known.detected
    if not forgot or known.language_since != session.language_since:
        return session
    return msgspec.structs.replace(session, source_language=known.source_language, detected=True)


async def tell_language(around: "Surroundings", live: "LiveSession") -> None:
    """To the listeners here; and to the speaker, who knows what was chosen, but not what was found out.

    Goes on until all were told and follow, or another language holds, which is told by itself.
    """
    changed = _language(live)
    waiting: list[Listener] | None = None
    while _language(live) == changed and (live.speaker or live.listeners):
        try:
            offers = await around.offers()
            if waiting is None:
                waiting = _told(live, offers)
            # all at once: then their leases are written together
            follow = await asyncio.gather(*(follows(listener, offers) for listener in waiting))
            waiting = [listener for listener, done in zip(waiting, follow, strict=True) if not done]
            if not waiting:
                return
        except (RedisError, OSError) as error:
            log.warning("session.language_not_told", error=type(error).__name__)
        await asyncio.sleep(AGAIN_S)


def _language(live: "LiveSession") -> tuple[str, int]:
    return live.session.source_language, live.session.language_since


def _told(live: "LiveSession", offers: Offers) -> "list[Listener]":
    session = live.session
    changed = SourceLanguageChanged(
        session_id=live.code,
        source_language=session.source_language,
        detected=session.detected,
        languages=offers.languages(session.source_language),
    )
    if live.speaker and session.detected:
        live.speaker.peer.send(changed)
    listeners = [listener for listener in live.listeners if listener.joined]
    for listener in listeners:
        listener.peer.send(changed)
    return listeners


async def follows(listener: "Listener", offers: Offers) -> bool:
    """Whether the listener could be given what it needs now."""
    try:
        await listener.follow_floor(offers)
    except (RefusedError, RedisError, OSError):
        return False
    return True
