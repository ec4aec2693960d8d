"""Who a listener is: nobody by name, but the same one as before. Checked without Redis, which may have forgotten."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

SIGNATURE_BYTES = 16


def new_listener() -> str:
    """An id of its own."""
    return secrets.token_urlsafe(9)


def token_of(listener_id: str, session_id: str, secret: str) -> str:
    """What a listener of a session gives back to be known again."""
    return f"{listener_id}.{_signature(listener_id, session_id, secret)}"


def listener_of(token: str, session_id: str, secret: str) -> str:
    """The id of the listener who was given this token for this session; empty for any other text."""
    listener_id, _, signature = token.rpartition(".")
    wanted = _signature(listener_id, session_id, secret)
    return listener_id if hmac.compare_digest(signature.encode(), wanted.encode()) else ""


def _signature(listener_id: str, session_id: str, secret: str) -> str:
    said = f"dragoman-listener\n{session_id}\n{listener_id}".encode()
    digest = hmac.digest(secret.encode(), said, hashlib.sha256)
    return urlsafe_b64encode(digest[:SIGNATURE_BYTES]).rstrip(b"=").decode()
