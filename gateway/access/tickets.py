"""Tickets for sockets of browsers, which can send no header: good once, and for a short time."""

import hashlib
import secrets
from typing import Any

import msgspec

from gateway import metrics
from gateway.access.identity import Identity
from gateway.errors import RefusedError
from schemas.channels import ticket_key

TICKET_S = 30
"""How long a ticket is good."""
PREFIX = "ticket."
"""Of the subprotocol that carries it."""

_identity = msgspec.json.Decoder(Identity)


async def issue(redis: Any, identity: Identity) -> str:
    """A new ticket of somebody; Redis learns only its hash. Raises RedisError."""
    ticket = secrets.token_urlsafe(32)
    await redis.set(_key(ticket), msgspec.json.encode(identity), ex=TICKET_S, nx=True)
    metrics.TICKETS.labels("issued").inc()
    return ticket


async def redeem(redis: Any, ticket: str) -> Identity:
    """Whose ticket it is, this once. Raises RefusedError, RedisError."""
    raw = await redis.getdel(_key(ticket))
    identity = _identity.decode(raw) if raw else None
    if identity is None or identity.expired():
        metrics.TICKETS.labels("refused").inc()
        raise RefusedError("unauthorized", "The ticket is unknown, used or older than 30 s: get a new one.")
    metrics.TICKETS.labels("used").inc()
    return identity


def offered(subprotocols: str) -> str | None:
    """The ticket among the subprotocols of a handshake, if there is one."""
    names = (name.strip() for name in subprotocols.split(","))
    return next((name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)), None)


def _key(ticket: str) -> str:
    return ticket_key(hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest())
