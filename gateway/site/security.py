"""The headers that keep a page to what is its own."""

import re

from gateway.access.access import Access
from gateway.access.origins import origin_of

_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", re.ASCII)
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def security(access: Access, host: str) -> dict[str, str]:
    """The headers of every response: a page talks to this gateway, and to where the issuer gives tokens out.

    `host` is what the request calls the gateway: to older browsers its sockets are not `'self'`.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    endpoints = access.issuer.endpoints if access.issuer else None
    issuer = f" {origin_of(endpoints.token)}" if endpoints else ""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        f" connect-src 'self'{sockets}{issuer}; media-src 'self' blob:;"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return {"Content-Security-Policy": policy, **_FIXED}
