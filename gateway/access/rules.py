"""Who may do what. No I/O: an identity and a session go in, RefusedError comes out. No identity: a stranger."""

import hmac

from gateway.access.identity import Identity
from gateway.errors import RefusedError
from gateway.speaking.token import verify
from schemas.messages import Session


def same(one: str, other: str) -> bool:
    """Compares two secrets in a time that does not tell how much of them is alike; takes what no UTF-8 can hold."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def may_speak(identity: Identity | None) -> Identity:
    """The identity of whom may create a session. Raises RefusedError for all others."""
    known = _known(identity, "Only people whom this gateway knows may speak here: sign in, or show the speakers' key.")
    if not known.speaker:
        raise RefusedError("forbidden", "You may listen here, but not speak: ask the operator for the speakers' role.")
    return known


def may_resume(session: Session, identity: Identity | None) -> Identity:
    """The identity of whom, with the session's speakerToken, may go on with a session. Raises RefusedError."""
    known = may_speak(identity)
    if session.owner and known.subject != session.owner:
        raise RefusedError("forbidden", "This session belongs to somebody else.")
    return known


def may_end(session: Session, identity: Identity | None, speaker_token: str, secret: str) -> None:
    """Whether a session may be ended or deleted: by its owner, or with the speakerToken where it has none.

    `secret` is the one that signed the token. Raises RefusedError.
    """
    may_resume(session, identity)
    if not session.owner and verify(speaker_token, secret).session_id != session.session_id:
        raise RefusedError("unauthorized", "The speakerToken is not valid for this session.")


def may_listen(session: Session, identity: Identity | None, pin: str) -> None:
    """Whether somebody may hear and read a session. Raises RefusedError."""
    if session.listeners == "signed-in":
        _known(identity, "This session is for people who signed in: sign in, or show the speakers' key.")
    if session.listeners == "pin" and not same(session.pin, pin):
        raise RefusedError("forbidden", "This session has a PIN: ask the speaker for it.")


def _known(identity: Identity | None, otherwise: str) -> Identity:
    if identity is None:
        raise RefusedError("unauthorized", otherwise)
    if identity.expired():
        raise RefusedError("unauthorized", "Your sign-in has expired: sign in again.")
    return identity
