"""What a client shows a gateway that asks who it is."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from dragoman.client.errors import CredentialUnreadable
from schemas.socket import Action

Credential = str | Callable[[], str]
"""The speakers' key or an access token; a function is asked anew for every socket, as tokens expire."""


def shown(opening: Action, credential: Credential) -> Action:
    """The first action of a socket with the credential of now, if there is one."""
    token = credential() if callable(credential) else credential
    return msgspec.structs.replace(opening, token=token) if token else opening


def credential_of(text: str) -> Credential:
    """What was given on the command line: the credential itself, or `@FILE`, which somebody else keeps current."""
    if not text.startswith("@"):
        return text
    path = Path(text[1:])

    def read() -> str:
        try:
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise CredentialUnreadable(f"cannot read the key in {path}: {reason}") from error

    return read
