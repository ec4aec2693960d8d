"""The keys of an issuer: which it has, and when to ask for newer ones. No I/O: time is an argument."""

from typing import Any

import jwt

UNKNOWN_S = 30.0
"""A key that is not known is asked for at most once in this time, whoever names one."""
_ALGORITHM_OF = {"RSA": "RS256", "EC": "ES256"}
_BITS = {"RS256": range(2048, 16385), "ES256": range(256, 257)}


class Keys:
    """The last good keys."""

    def __init__(self) -> None:
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._asked_s = -UNKNOWN_S

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __getitem__(self, key_id: str | None) -> jwt.PyJWK:
        """Raises KeyError."""
        return self._keys[key_id]

    def replace(self, key_set: Any) -> bool:
        """Takes over a JSON Web Key Set (RFC 7517); False if it has no key that could be used: then the old ones stay.

        Symmetric keys and keys for encryption are not the issuer's to sign with, whatever they are called.
        """
        members = key_set.get("keys") if isinstance(key_set, dict) else None
        usable = {key.key_id: key for key in map(_usable, members if isinstance(members, list) else ()) if key}
        self._keys = usable or self._keys
        return bool(usable)

    def may_ask(self, now_s: float) -> bool:
        """Whether the issuer may be asked for an unknown key now; if so, it counts as asked."""
        if now_s - self._asked_s < UNKNOWN_S:
            return False
        self._asked_s = now_s
        return True


def _usable(member: Any) -> jwt.PyJWK | None:
    """A key that the issuer signs with; None for all else that a set may hold."""
    if not isinstance(member, dict) or member.get("use", "sig") != "sig":
        return None
    algorithm = _ALGORITHM_OF.get(str(member.get("kty")))
    if algorithm is None or member.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(member, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if key.key.key_size in _BITS[algorithm] else None
