"""Who sees the operators' page, and may act there: whoever shows the token; without one, whoever is on this machine."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

COOKIE: Final = "dragoman-ops"
MARK: Final = "Dragoman-Ops"
"""A header of every request of the page that changes something: a form, or a page of another site, cannot send it."""
_OF_PROXIES: Final = {"via", "forwarded", "x-real-ip"}
_HERE: Final = re.compile(r"localhost|127(\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)


@dataclass(frozen=True)
class Caller:
    """What a request says of who sends it."""

    remote: str
    """Address of the other end."""
    host: str
    """What it calls this server, with the port."""
    origin: str = ""
    """Of the page that sends it; empty: none."""
    forwarded: bool = False
    """A proxy says that it came from somewhere else."""
    bearer: str = ""
    """The token of `Authorization`."""
    cookie: str = ""
    """What the page got for the token."""
    marked: bool = False
    """It has the page's own header."""


def by_proxy(headers: Iterable[str], version: tuple[int, int]) -> bool:
    """By the names of its headers, or its version of HTTP, which no browser speaks any more."""
    names = [name.lower() for name in headers]
    said = any(name in _OF_PROXIES or name.startswith("x-forwarded-") for name in names)
    return said or version < (1, 1)


class PageAccess:
    """Answers who may. Tokens are compared in a time that tells nothing about them."""

    def __init__(self, token: str) -> None:
        """Empty: none is asked for."""
        self.asks = bool(token)
        """A token is asked for, of everybody."""
        self._token = _bytes(token)
        self.cookie = hmac.new(self._token, b"the operators' page", hashlib.sha256).hexdigest() if token else ""
        """What stands for the token in a browser: it does not give it away, and ends with it."""

    def right(self, token: str) -> bool:
        """It is the token."""
        return self.asks and hmac.compare_digest(_bytes(token), self._token)

    def may_see(self, caller: Caller) -> bool:
        """It may see the page, and so all that is on it."""
        if self.asks:
            return self.right(caller.bearer) or hmac.compare_digest(_bytes(caller.cookie), _bytes(self.cookie))
        # Another name than the machine's own: of a page elsewhere that lets it lead here. A proxy speaks for others.
        return not caller.forwarded and _on_loopback(caller.remote) and bool(_HERE.fullmatch(_name(caller.host)))

    def may_act(self, caller: Caller) -> bool:
        """It may see the page, and is the page: a browser adds cookies to what other sites send, but not the mark."""
        own = not caller.origin or urlsplit(caller.origin).netloc == caller.host
        return caller.marked and own and self.may_see(caller)


def _bytes(text: str) -> bytes:
    """Of whatever came in a header."""
    return text.encode("utf-8", "surrogateescape")


def _name(host: str) -> str:
    return re.sub(r":\d+$", "", host)


def _on_loopback(remote: str) -> bool:
    try:
        return ip_address(remote).is_loopback
    except ValueError:
        return False
