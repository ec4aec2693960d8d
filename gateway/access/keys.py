"""The keys of an issuer: which it has, and when to ask for newer ones. No I/O: time is an argument."""

from typing import Any

import jwt

from gateway.access.claims import ALGORITHMS

UNKNOWN_S = 30.0
"""A key that is not known is asked for at most once in this time, whoever names one."""


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
        try:
            keys = jwt.PyJWKSet.from_dict(key_set).keys
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError):
            return False
        usable = {
            key.key_id: key for key in keys if key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig")
        }
        self._keys = usable or self._keys
        return bool(usable)

    def may_ask(self, now_s: float) -> bool:
        """Whether the issuer may be asked for an unknown key now; if so, it counts as asked."""
        if now_s - self._asked_s < UNKNOWN_S:
            return False
        self._asked_s = now_s
        return True
