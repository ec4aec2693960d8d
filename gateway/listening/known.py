"""Listeners have no names: a signed token says that one is the same as before."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Any

from gateway.channels.history import is_id
from gateway.sessions.audience import Wish
from schemas.channels import captions_channel, speech_channel
from schemas.socket import Resume

SIGNATURE_BYTES = 16


def new_listener() -> str:
    """An id of its own."""
    return secrets.token_urlsafe(9)


def token_of(listener_id: str, session_id: str, secret: str) -> str:
    """What a listener of a session gives back to be known again."""
    return f"{listener_id}.{_signature(listener_id, session_id, secret)}"


def listener_of(token: str, session_id: str, secret: str) -> str:
    """The id of the listener who was given this token for this session; empty for any other text.

    Redis is not asked: it may have forgotten.
    """
    listener_id, _, signature = token.rpartition(".")
    wanted = _signature(listener_id, session_id, secret)
    return listener_id if hmac.compare_digest(signature.encode(), wanted.encode()) else ""


async def was_here(redis: Any, session_id: str, wish: Wish, resume: Resume) -> bool:
    """Whether somebody without a token has seen something that a history still has. Raises RedisError."""
    seen = []
    if wish.captions and is_id(resume.captions):
        seen.append((captions_channel(session_id, wish.captions), resume.captions))
    if wish.speech and wish.format and is_id(resume.speech):
        seen.append((speech_channel(session_id, wish.speech, wish.format, wish.voice), resume.speech))
    for name, entry_id in seen:
        if await redis.xrange(name, min=entry_id, max=entry_id, count=1):
            return True
    return False


def _signature(listener_id: str, session_id: str, secret: str) -> str:
    said = f"dragoman-listener\n{session_id}\n{listener_id}".encode()
    digest = hmac.digest(secret.encode(), said, hashlib.sha256)
    return urlsafe_b64encode(digest[:SIGNATURE_BYTES]).rstrip(b"=").decode()
