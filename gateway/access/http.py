"""Who asks by HTTP, and the routes with which a page finds out how to show it."""

from typing import Any

import msgspec
from aiohttp import web

from gateway.access.access import Access
from gateway.access.identity import Identity
from gateway.access.tickets import TICKET_S, issue
from gateway.errors import RefusedError, unavailable

ACCESS: web.AppKey[Access] = web.AppKey("access", Access)
REDIS: web.AppKey[Any] = web.AppKey("redis", object)


async def identity(request: web.Request) -> Identity | None:
    """Who sent a request, by `Authorization: Bearer`; anyone in mode `open`, None for a stranger in the others.

    Raises RefusedError for a credential that is not valid, RedisError never.
    """
    access = request.app[ACCESS]
    header = request.headers.get("Authorization", "")
    if not header or access.mode == "open":
        return access.stranger
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer":
        raise RefusedError("unauthorized", "The header Authorization has to begin with Bearer.")
    return await access.identify(credential.strip())


async def ticket_for(request: web.Request, holder: Identity) -> web.Response:
    """The answer to `POST /api/tickets`. Raises RedisError."""
    ticket = await issue(request.app[REDIS], holder)
    return _json({"ticket": ticket, "expiresInMs": TICKET_S * 1000})


async def describe(request: web.Request) -> web.Response:
    """`GET /api/access`: what a page needs for its sign-in. Raises RefusedError while the issuer is not known."""
    access = request.app[ACCESS]
    told: dict[str, str] = {"mode": access.mode}
    if access.issuer and access.client_id:
        endpoints = access.issuer.endpoints
        if endpoints is None:
            raise unavailable()
        told |= {
            "issuer": access.issuer.url,
            "authorizationEndpoint": endpoints.authorization,
            "tokenEndpoint": endpoints.token,
            "clientId": access.client_id,
            "scope": access.scope,
        }
    return _json(told)


def _json(content: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")
