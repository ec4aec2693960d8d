"""Who asks by HTTP: a credential that is not valid is charged to the address that it came from."""

from aiohttp import web

from gateway.access.http import identity
from gateway.access.identity import Identity
from gateway.errors import RefusedError
from gateway.limits.limits import Limits


async def visitor(limits: Limits, request: web.Request) -> Identity | None:
    """Who sent a request; None: a stranger. Raises RefusedError."""
    async with limits.credential(limits.address_of(request), shown=True):
        return await identity(request)


async def known_visitor(limits: Limits, request: web.Request) -> Identity:
    """Who sent a request; a stranger is refused. Raises RefusedError."""
    sender = await visitor(limits, request)
    if sender is None:
        raise RefusedError("unauthorized", "Send your credential in the header Authorization: Bearer.")
    return sender
