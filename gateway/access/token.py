"""The speaker's token: signed, checked without Redis."""

from typing import Literal, NamedTuple

import jwt

from gateway.errors import RefusedError

_ALGORITHM = "HS256"
Role = Literal["speaker", "moderator"]


class SpeakerClaims(NamedTuple):
    """What a token says."""

    session_id: str
    partition: int
    language: str


def sign(claims: SpeakerClaims, secret: str, role: Role = "speaker") -> str:
    """The token of a session's speaker, or of who moderates it."""
    return jwt.encode({**claims._asdict(), "aud": f"dragoman-{role}"}, secret, algorithm=_ALGORITHM)


def verify(token: str, secret: str, role: Role = "speaker") -> SpeakerClaims:
    """The claims of a token. Raises RefusedError, which does not hold the token."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=f"dragoman-{role}",
            options={"require": ["aud", *SpeakerClaims._fields]},
        )
        return SpeakerClaims(str(claims["session_id"]), int(claims["partition"]), str(claims["language"]))
    except (jwt.PyJWTError, ValueError, TypeError):
        raise RefusedError("unauthorized", f"The {role}Token is not valid for this session.") from None
