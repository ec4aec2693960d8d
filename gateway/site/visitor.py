"""Who asks by HTTP: a credential that is not valid is charged to the address that it came from."""

from aiohttp import web

from gateway.access.http import identity
from gateway.access.identity import Identity
from gateway.errors import RefusedError
from gateway.surroundings import Surroundings


async def visitor(around: Surroundings, request: web.Request) -> Identity | None:
    """Who sent a request; None: a stranger. Raises RefusedError."""
    async with around.limits.credential(around.limits.address_of(request), shown=True):
        return await identity(request)


async def known_visitor(around: Surroundings, request: web.Request) -> Identity:
    """Who sent a request; nobody is a stranger here. Raises RefusedError."""
    sender = await visitor(around, request)
    if sender is None:
        raise RefusedError("unauthorized", "Send your credential in the header Authorization: Bearer.")
    return sender
