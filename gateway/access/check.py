"""Checks that the settings of access fit together."""

import re
from urllib.parse import urlsplit

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from gateway.access.issuer import is_safe
from gateway.access.origins import origin_of

_KEY = re.compile(r"[\x21-\x7e]{16,}")  # what a header can hold


def check_access(settings: Settings) -> None:
    """Raises DragomanError with one line that says what to set."""
    if not settings.auth and not settings.on_loopback:
        raise DragomanError(
            f"on {settings.host} anyone in the network could speak: say so with --auth open (DRAGOMAN_AUTH=open), ask"
            " for a key with --auth secret, or listen on 127.0.0.1"
        )
    for name, mode in (("speaker_key", "secret"), ("oidc_issuer", "oidc")):
        if getattr(settings, name) and settings.auth in ("", "open"):
            raise DragomanError(
                f"DRAGOMAN_{name.upper()} is set, but anyone may speak: set DRAGOMAN_AUTH={mode}, or take it away"
            )
    if settings.auth == "secret" and not _KEY.fullmatch(settings.speaker_key):
        raise DragomanError(
            "DRAGOMAN_SPEAKER_KEY must have 16 characters or more, of ASCII and without spaces: speakers show it"
        )
    if settings.auth == "oidc":
        _check_oidc(settings)
    for origin in settings.listed("origins"):
        if not _is_origin(origin):
            raise DragomanError(f"DRAGOMAN_ORIGINS holds {origin!r}: an origin looks like https://talks.example.com")


def _check_oidc(settings: Settings) -> None:
    if not _is_url(settings.oidc_issuer):
        raise DragomanError(
            "DRAGOMAN_OIDC_ISSUER must be the issuer's https URL, exactly as its tokens say it in `iss` (http is for"
            " this machine only)"
        )
    if not settings.listed("oidc_audiences"):
        raise DragomanError("DRAGOMAN_OIDC_AUDIENCES is not set: it must name who the tokens are for (their `aud`)")


def _is_url(text: str) -> bool:
    try:
        return is_safe(text) and not urlsplit(text).query
    except ValueError:
        return False


def _is_origin(text: str) -> bool:
    try:
        return urlsplit(text).scheme in ("http", "https") and origin_of(text) == text.lower().rstrip("/")
    except ValueError:
        return False
