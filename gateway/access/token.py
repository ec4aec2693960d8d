"""The speaker's token: signed, checked without Redis."""

from typing import NamedTuple

import jwt

from gateway.errors import RefusedError

_ALGORITHM = "HS256"
_AUDIENCE = "dragoman-speaker"


class SpeakerClaims(NamedTuple):
    """What a token says."""

    session_id: str
    partition: int
    language: str


def sign(claims: SpeakerClaims, secret: str) -> str:
    """The token of a session's speaker."""
    return jwt.encode({**claims._asdict(), "aud": _AUDIENCE}, secret, algorithm=_ALGORITHM)


def verify(token: str, secret: str) -> SpeakerClaims:
    """The claims of a token. Raises RefusedError, which does not hold the token."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["aud", *SpeakerClaims._fields]},
        )
        return SpeakerClaims(str(claims["session_id"]), int(claims["partition"]), str(claims["language"]))
    except (jwt.PyJWTError, ValueError, TypeError):
        raise RefusedError("unauthorized", "The speakerToken is not valid for this session.") from None
