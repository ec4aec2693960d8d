"""The language of a session's floor, when it was found out or changed: what counts, and who is told."""

import asyncio
from typing import TYPE_CHECKING

import msgspec

from schemas.languages import AUTO
from schemas.messages import Session
from schemas.socket import SourceLanguageChanged

if TYPE_CHECKING:
    from gateway.sessions.live import LiveSession
    from gateway.surroundings import Surroundings


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

    Raises RedisError.
    """
    offers, session = await around.offers(), live.session
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
    # all at once: then their leases are written together
    await asyncio.gather(*(listener.follow_floor(offers) for listener in listeners))
