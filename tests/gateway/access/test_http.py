"""The routes with which a page finds out how to show who is in front of it."""

from typing import Any

import aiohttp

from gateway.gateway import Gateway
from tests.gateway.access.conftest import KEY, trusting
from tests.gateway.client import StartGateway
from tests.issuer import CLIENT, Issuer
from tests.processes import until


async def described(gateway: Gateway) -> tuple[int, dict[str, Any]]:
    """Status and answer of `GET /api/access`."""
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/api/access") as response:
        return response.status, await response.json()


async def test_a_page_learns_the_mode_and_no_secret(gateway: Gateway, start_gateway: StartGateway) -> None:
    assert await described(gateway) == (200, {"mode": "open"})
    closed = await start_gateway(auth="secret", speaker_key=KEY)
    assert await described(closed) == (200, {"mode": "secret"})


async def test_a_page_learns_where_to_sign_in(closed: Gateway, issuer: Issuer) -> None:
    assert await described(closed) == (
        200,
        {
            "mode": "oidc",
            "issuer": issuer.url,
            "authorizationEndpoint": f"{issuer.url}/authorize",
            "tokenEndpoint": f"{issuer.url}/token",
            "clientId": CLIENT,
            "scope": "openid",
        },
    )


async def test_a_page_that_cannot_sign_in_is_told_so(start_gateway: StartGateway, issuer: Issuer) -> None:
    gateway = await start_gateway(**trusting(issuer, oidc_client_id=""))
    assert await described(gateway) == (200, {"mode": "oidc"})


async def test_while_the_issuer_was_never_there_a_page_is_asked_to_wait(
    start_gateway: StartGateway, issuer: Issuer
) -> None:
    await issuer.stop()
    gateway = await start_gateway(ready=False, **trusting(issuer))
    await until(lambda: gateway.missing() == "not reachable: issuer")
    status, answer = await described(gateway)
    assert (status, answer["code"], answer["retryable"]) == (503, "unavailable", True)
