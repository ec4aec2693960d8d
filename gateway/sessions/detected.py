"""The language of a session's floor when it is found out: what counts. No I/O."""

import msgspec

from schemas.languages import AUTO
from schemas.messages import Session


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
