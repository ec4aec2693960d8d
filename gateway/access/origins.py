"""Whose pages may talk to the gateway. A browser says where a page is from; other clients need not."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog

from gateway.errors import RefusedError

log = structlog.get_logger()

_MOST_TOLD = 20
"""Names under which nobody knows the gateway: anybody may invent some."""


def origin_of(url: str) -> str:
    """The origin of a URL as a browser writes it (RFC 6454): scheme, host, and the port where it is unusual."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


class Origins:
    """The gateway's own pages, and those of the list."""

    def __init__(self, public_url: str, listed: tuple[str, ...]) -> None:
        self._allowed = {origin_of(url) for url in (public_url, *listed)}
        self._told: set[str] = set()

    def check(self, origin: str | None, host: str) -> None:
        """Refuses a page of elsewhere; `host` is the one that the request was sent to. Raises RefusedError."""
        if not self.knows(origin, host):
            raise RefusedError("forbidden", "Pages from elsewhere may not do this: the operator lists those that may.")

    def knows(self, origin: str | None, host: str) -> bool:
        """Whether a page from there may do everything. A page of this very host that may not is logged once."""
        if origin is None or origin.lower() in self._allowed or (_host_of(origin) == host.lower() and _is_local(host)):
            return True
        if _host_of(origin) == host.lower() and origin not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(origin)
            log.warning("site.unknown_name", origin=origin, set="DRAGOMAN_PUBLIC_URL, or DRAGOMAN_ORIGINS")
        return False


def _is_local(host: str) -> bool:
    """An address, or a name that nobody elsewhere can register: others may be made to lead here (DNS rebinding)."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # `[x`: no name at all
        return False
    return "." not in name or name.endswith(".local") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _host_of(origin: str) -> str:
    return origin.lower().partition("://")[2]
