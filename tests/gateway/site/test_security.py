"""What a page is allowed to talk to."""

import aiohttp

from gateway.gateway import Gateway
from tests.gateway.access.conftest import issuer, trusting
from tests.gateway.client import StartGateway
from tests.issuer import Issuer

__all__ = ["issuer"]


async def policy(gateway: Gateway, path: str) -> dict[str, str]:
    """The directives of a page's Content-Security-Policy."""
    async with aiohttp.ClientSession() as http, http.get(gateway.url + path) as response:
        directives = response.headers["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


async def test_a_page_talks_to_its_gateway_only(gateway: Gateway) -> None:
    assert (await policy(gateway, "/speak"))["connect-src"] == "'self' ws: wss:"


async def test_a_page_that_signs_in_talks_to_the_issuer_too_and_to_nobody_else(
    start_gateway: StartGateway, issuer: Issuer
) -> None:
    gateway = await start_gateway(**trusting(issuer))
    allowed = await policy(gateway, "/speak")
    assert allowed["connect-src"] == f"'self' ws: wss: {issuer.url.removesuffix('/realm')}"
    assert issuer.url.removesuffix("/realm") not in str(allowed | {"connect-src": ""})
    assert await policy(gateway, "/nothing") == allowed
