"""The headers that keep a page to what is its own."""

from gateway.access.access import Access
from gateway.access.origins import origin_of

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def security(access: Access) -> dict[str, str]:
    """The headers of every response: a page talks to this gateway, and to where the issuer gives tokens out."""
    endpoints = access.issuer.endpoints if access.issuer else None
    issuer = f" {origin_of(endpoints.token)}" if endpoints else ""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        f" connect-src 'self' ws: wss:{issuer}; media-src 'self' blob:;"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return {"Content-Security-Policy": policy, **_FIXED}
