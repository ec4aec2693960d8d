"""The language of a session's floor was found out or changed: all who are here are told."""

import asyncio
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from gateway.channels.offers import CurrentOffers, Offers
from gateway.errors import RefusedError
from gateway.sessions.roles import ListenerRole, SpeakerRole
from schemas.messages import Session
from schemas.socket import SourceLanguageChanged

log = structlog.get_logger()

AGAIN_S = 1.0


class Told(Protocol):
    """A session with those who are told."""

    session: Session
    speaker: SpeakerRole | None
    listeners: set[ListenerRole]

    @property
    def code(self) -> str:
        """What people type."""


async def tell_language(current: CurrentOffers, live: Told) -> None:
    """To the listeners here; and to the speaker, who knows what was chosen, but not what was found out.

    Goes on until all were told and follow, or another language holds, which is told by itself.
    """
    changed = _language(live)
    waiting: list[ListenerRole] | None = None
    while _language(live) == changed and (live.speaker or live.listeners):
        try:
            offers = await current.now()
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


def _language(live: Told) -> tuple[str, int]:
    return live.session.source_language, live.session.language_since


def _told(live: Told, offers: Offers) -> list[ListenerRole]:
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


async def follows(listener: ListenerRole, offers: Offers) -> bool:
    """Whether the listener could be given what it needs now."""
    try:
        await listener.follow_floor(offers)
    except (RefusedError, RedisError, OSError):
        return False
    return True
