"""Whose pages may talk to the gateway. A browser says where a page is from; other clients need not."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from gateway.errors import RefusedError


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

    def check(self, origin: str | None, host: str) -> None:
        """Refuses a page of elsewhere; `host` is the one that the request was sent to. Raises RefusedError."""
        if origin is None or origin.lower() in self._allowed or (_host_of(origin) == host.lower() and _is_local(host)):
            return
        raise RefusedError("forbidden", "Pages from elsewhere may not do this: the operator lists those that may.")


def _is_local(host: str) -> bool:
    """An address, or a name that nobody elsewhere can register: others may be made to lead here (DNS rebinding)."""
    name = urlsplit(f"//{host}").hostname or ""
    return "." not in name or name.endswith(".local") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _host_of(origin: str) -> str:
    return origin.lower().partition("://")[2]
