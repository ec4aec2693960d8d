"""An issuer, and gateways that trust it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest_asyncio

from gateway.gateway import Gateway
from tests.gateway.client import Client, StartGateway
from tests.issuer import AUDIENCE, CLIENT, Issuer

KEY = "the-speakers-own-key"

Offer = Callable[..., Awaitable[Client]]


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[Issuer]:
    """An issuer that is there."""
    issuer = Issuer()
    await issuer.start()
    yield issuer
    await issuer.stop()


def trusting(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    """Settings of a gateway that takes the issuer's tokens."""
    usual = {
        "auth": "oidc",
        "oidc_issuer": issuer.url,
        "oidc_audiences": AUDIENCE,
        "oidc_client_id": CLIENT,
        "oidc_role_claim": "realm.roles",
    }
    return usual | changes


@pytest_asyncio.fixture
async def closed(start_gateway: StartGateway, issuer: Issuer) -> Gateway:
    """A gateway in mode `oidc`: who has the role `speaker` in `realm.roles` may speak."""
    return await start_gateway(**trusting(issuer))


@pytest_asyncio.fixture
async def offer() -> AsyncIterator[Offer]:
    """Opens sockets of a gateway, with a ticket or an Origin."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def open_socket(to: Gateway, ticket: str = "", origin: str = "") -> Client:
            protocols = ("dragoman.v1", f"ticket.{ticket}") if ticket else ()
            headers = {"Origin": origin} if origin else {}
            socket = await http.ws_connect(f"{to.url}/ws", protocols=protocols, headers=headers)
            stack.push_async_callback(socket.close)
            return Client(socket)

        yield open_socket


async def ask_ticket(gateway: Gateway, credential: str = "", **headers: str) -> tuple[int, dict[str, Any]]:
    """Status and answer of `POST /api/tickets`."""
    bearer = {"Authorization": f"Bearer {credential}"} if credential else {}
    url = f"{gateway.url}/api/tickets"
    async with aiohttp.ClientSession() as http, http.post(url, headers=bearer | headers) as response:
        return response.status, await response.json()


async def ticket_of(gateway: Gateway, credential: str) -> str:
    """A ticket."""
    status, answer = await ask_ticket(gateway, credential)
    assert status == 200, answer
    return str(answer["ticket"])
