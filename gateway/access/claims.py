"""What a token of an issuer says (RFC 7519, RFC 9068). No I/O: the key is an argument, and so is the time."""

from typing import Any, NamedTuple

import jwt

from gateway.access.identity import Identity
from gateway.errors import RefusedError

ALGORITHMS = ("RS256", "ES256")
"""With public keys only: a token that names another is refused before anything of it is believed."""
SKEW_S = 10
"""How far the issuer's clock may be ahead of ours; what has expired has expired."""


class Claims(NamedTuple):
    """What has to be in a token."""

    issuer: str
    """Exactly its `iss`."""
    audiences: tuple[str, ...]
    """One of them is in its `aud`, or its `client_id` where it is an access token of Cognito, which has no `aud`."""
    role_claim: str
    """Name, or path with dots, of the claim with the person's roles; empty: roles do not matter."""
    speaker_role: str
    """The role that may speak."""


def invalid() -> RefusedError:
    """One answer for everything that is wrong with a token: no one learns which part they have yet to forge."""
    return RefusedError("unauthorized", "The token is not valid here, or has expired: sign in again.")


def key_id(token: str) -> str | None:
    """Which of the issuer's keys signed, as the token says. Raises RefusedError when it cannot be a token of theirs."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise invalid() from None
    if header.get("alg") not in ALGORITHMS:
        raise invalid()
    return header.get("kid")


def read_token(token: str, key: jwt.PyJWK, expected: Claims, now_s: float) -> Identity:
    """The identity in a token that `key` signed; `now_s` is Unix s. Raises RefusedError, which does not hold it."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=expected.issuer,
            leeway=SKEW_S,
            options={"require": ["exp", "iss", "sub"], "verify_aud": False},
        )
        until = float(claims["exp"])
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise invalid() from None
    if until <= now_s or not claims["sub"] or not _is_for(expected.audiences, claims):
        raise invalid()
    return Identity(claims["sub"], speaker=_speaks(claims, expected), until=until)


def _is_for(audiences: tuple[str, ...], claims: dict[str, Any]) -> bool:
    if "aud" not in claims:
        return claims.get("token_use") == "access" and claims.get("client_id") in audiences
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return any(audience in audiences for audience in named)


def _speaks(claims: dict[str, Any], expected: Claims) -> bool:
    return not expected.role_claim or expected.speaker_role in roles(claims, expected.role_claim)


def roles(claims: dict[str, Any], name: str) -> list[str]:
    """The roles in the claim `name`: a list, or a text with spaces between, as `scope` is.

    A name with dots is a path (`realm_access.roles`), unless a claim is called just so (`https://example.com/roles`).
    """
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, str):
        return found.split()
    return [role for role in found if isinstance(role, str)] if isinstance(found, list) else []
