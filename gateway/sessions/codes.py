"""Join codes: `adjective-noun-123`, easy to say, to hear and to type."""

import re
import secrets
from functools import cache
from pathlib import Path

_WORDS = Path(__file__).parent / "words"
_IGNORED = re.compile(r"[\s\-_\u2010-\u2015]+")
_TYPED = re.compile(r"([a-z]{4,40})([0-9]{3})")


@cache
def words(kind: str) -> tuple[str, ...]:
    """The words of `adjectives` or `nouns`, in order."""
    return tuple((_WORDS / f"{kind}.txt").read_text("ascii").split())


@cache
def _known(kind: str) -> frozenset[str]:
    return frozenset(words(kind))


def new_code() -> str:
    """A random code: one of 418 million."""
    return f"{secrets.choice(words('adjectives'))}-{secrets.choice(words('nouns'))}-{secrets.randbelow(900) + 100}"


def new_session_id(code: str) -> str:
    """The key of a session's records: never the same again for the same code."""
    return f"{code}-{secrets.token_hex(4)}"


def canonical(typed: str) -> str | None:
    """The code that a person meant: case, spaces and hyphens do not matter. None when it cannot be one."""
    if len(typed) > 60:
        return None
    match = _TYPED.fullmatch(_IGNORED.sub("", typed).lower())
    if not match:
        return None
    letters, digits = match.groups()
    for cut in range(2, len(letters) - 1):
        if letters[:cut] in _known("adjectives") and letters[cut:] in _known("nouns"):
            return f"{letters[:cut]}-{letters[cut:]}-{digits}"
    return None
