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
    host = gateway.url.removeprefix("http://")
    assert (await policy(gateway, "/speak"))["connect-src"] == f"'self' ws://{host} wss://{host}"


async def test_who_calls_the_gateway_by_a_strange_name_gets_no_rule_from_it(gateway: Gateway) -> None:
    headers = {"Host": "a;script-src *"}
    async with aiohttp.ClientSession() as http, http.get(gateway.url + "/speak", headers=headers) as response:
        assert "connect-src 'self';" in response.headers["Content-Security-Policy"]


async def test_nobody_learns_what_runs_here(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/", "/static/style.css", "/nothing", "/api/languages"):
            async with http.get(gateway.url + path) as response:
                assert "Server" not in response.headers
        async with http.ws_connect(gateway.url + "/ws") as socket:
            assert "Server" not in socket._response.headers


async def test_a_page_that_signs_in_talks_to_the_issuer_too_and_to_nobody_else(
    start_gateway: StartGateway, issuer: Issuer
) -> None:
    gateway = await start_gateway(**trusting(issuer))
    allowed = await policy(gateway, "/speak")
    host = gateway.url.removeprefix("http://")
    assert allowed["connect-src"] == f"'self' ws://{host} wss://{host} {issuer.url.removesuffix('/realm')}"
    assert issuer.url.removesuffix("/realm") not in str(allowed | {"connect-src": ""})
    assert await policy(gateway, "/nothing") == allowed
