"""What a client may do how often: the limits that hold over all gateways, as the roles see them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from time import monotonic
from typing import Any

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from dragoman.runtime.settings import Settings
from gateway import metrics
from gateway.errors import RefusedError
from gateway.limits.addresses import charged, trusted_networks
from gateway.limits.owned import Owned
from gateway.limits.pace import MessagePace
from gateway.limits.rates import Rate, counters, read_rates
from schemas.messages import Session

log = structlog.get_logger()

OWNED_WAIT_S = 30
FULL_WAIT_S = 15
CROWDED_WAIT_S = 5
RATES = (
    "ticket_rate",
    "nameless_ticket_rate",
    "failed_join_rate",
    "wrong_pin_rate",
    "failed_handshake_rate",
    "session_rate",
)

_JOINS = "Too many wrong codes came from your address: wait, then try again."
_PINS = "Too many wrong PINs for this session came from your address: wait, then try again."
_HANDSHAKES = "Too many connections from your address were refused: wait, then connect again."
_TICKETS = "You asked for too many tickets: wait, then ask again."
_SESSIONS = "Too many sessions were created from your address: wait, then create another."


def check_limits(settings: Settings) -> None:
    """Raises DragomanError with one line for limits that cannot be read."""
    trusted_networks(settings.trusted_proxies)
    for name in RATES:
        read_rates(name, getattr(settings, name))


class Limits:
    """All refusals are `rate-limited` or `session-full`, with when to try again. What asks Redis raises RedisError."""

    def __init__(self, settings: Settings, redis: Any) -> None:
        self._trusted = trusted_networks(settings.trusted_proxies)
        self.silent_sockets, self.first_action_s = settings.silent_sockets, settings.first_action_s
        self._settings = settings
        self._warned = False
        over_redis = counters(redis)
        self._tickets, self._nameless, self._joins, self._pins, self._handshakes, self._sessions = (
            Rate(name.removesuffix("_rate"), read_rates(name, getattr(settings, name)), over_redis) for name in RATES
        )
        self._owned = Owned(redis)

    def address_of(self, request: web.Request) -> str:
        """The client of a request: an IPv4 address, or the /64 of an IPv6 address."""
        said = ",".join(request.headers.getall("X-Forwarded-For", []))
        if said and not self._trusted and not self._warned:
            self._warned = True
            log.warning("limits.proxy_not_trusted", setting="DRAGOMAN_TRUSTED_PROXIES")  # all clients look like one
        return charged(request.remote or "", said, self._trusted)

    async def ticket(self, subject: str, address: str) -> None:
        """Counts a ticket of a person, or of an address where people have no names. Raises RefusedError."""
        await self._take(self._tickets if subject else self._nameless, subject or address, _TICKETS)

    async def session(self, address: str) -> None:
        """Counts a session that is created. Raises RefusedError when it is one too many."""
        await self._take(self._sessions, address, _SESSIONS)

    @asynccontextmanager
    async def guess(self, address: str) -> AsyncIterator[None]:
        """Around the search for a code: a wrong one is counted, and beyond the limit not even a right one is found.

        Who types the right code is never counted. Raises RefusedError, also afterwards: many may have searched at once.
        """
        await self._joins.check(address, _JOINS)
        try:
            yield
        except RefusedError as error:
            if error.code == "session-not-found":
                await self._take(self._joins, address, _JOINS)
            raise
        self._joins.check_here(address, _JOINS)

    @asynccontextmanager
    async def pin(self, address: str, session: Session) -> AsyncIterator[None]:
        """Around the comparison of a session's PIN, which must wait for nothing: the limit holds for many at once.

        Wrong ones are counted for each session apart: a hall that mistypes one shuts nobody out of another.
        """
        if session.listeners != "pin":
            yield
            return
        guessed = f"{address} {session.session_id}"
        await self._pins.check(guessed, _PINS)
        try:
            yield
        except RefusedError as error:
            if error.code == "forbidden":
                await self._take(self._pins, guessed, _PINS)
            raise

    @asynccontextmanager
    async def credential(self, address: str, *, shown: bool) -> AsyncIterator[None]:
        """Around the look at a credential, if one is shown: one that is not valid is charged to its address."""
        if shown:
            self.check_handshakes(address)
        try:
            yield
        except RefusedError as error:
            if shown and error.code == "unauthorized":
                await self.failed_handshake(address)
            raise

    def check_socket(self, address: str, sockets: int) -> None:
        """Raises RefusedError for an address whose handshakes failed too often, and when the gateway is full.

        Asks nobody: a gateway that does not reach Redis still takes sockets and tells them so.
        """
        self.check_handshakes(address)
        if sockets >= self._settings.sockets:
            metrics.LIMITED.labels("sockets").inc()
            message = "This gateway has as many sockets as it may have: wait, then connect again."
            raise RefusedError("rate-limited", message, retry_after_ms=CROWDED_WAIT_S * 1000)

    def check_handshakes(self, address: str) -> None:
        """Raises RefusedError for an address whose handshakes or credentials failed too often. Asks nobody."""
        self._handshakes.check_here(address, _HANDSHAKES)

    async def failed_handshake(self, address: str) -> None:
        """Counts a refused handshake; raises nothing: the client gets its refusal whether Redis answers or not."""
        try:
            await self._handshakes.charge(address)
        except (RedisError, OSError) as error:
            log.warning("limits.not_counted", error=type(error).__name__)

    async def claim_session(self, owner: str, address: str, session_id: str, *, now_ms: int) -> None:
        """Notes a session of `owner`, or of the address where owners have no name. Raises RefusedError."""
        most = self._settings.sessions_per_owner if owner else self._settings.sessions_per_address
        if most and not await self._owned.claim(owner or address, session_id, most, now_ms):
            metrics.LIMITED.labels("sessions").inc()
            message = f"You have {most} sessions, as many as you may have at once: end one, then create another."
            raise RefusedError("rate-limited", message, retry_after_ms=OWNED_WAIT_S * 1000)

    async def release_session(self, owner: str, address: str, session_id: str) -> None:
        """The session did not come to be."""
        await self._owned.release(owner or address, session_id)

    def check_audience(self, listeners: int) -> None:
        """Raises RefusedError when a session with so many listeners takes no more."""
        if listeners >= self._settings.listeners_per_session:
            metrics.LIMITED.labels("listeners").inc()
            message = "The session has as many listeners as it may have: wait until somebody leaves, then join again."
            raise RefusedError("session-full", message, retry_after_ms=FULL_WAIT_S * 1000)

    def pace(self) -> MessagePace:
        """How fast a new socket may send messages."""
        return MessagePace(self._settings.messages_per_s, monotonic())

    def too_early(self, seconds: float) -> RefusedError:
        """The refusal of a message that came too early by so much."""
        metrics.LIMITED.labels("messages").inc()
        message = "Messages come too fast: wait, then send this one again."
        return RefusedError("rate-limited", message, retry_after_ms=ceil(seconds * 1000))

    async def _take(self, rate: Rate, address: str, message: str) -> None:
        rate.check_here(address, message)
        if not await rate.charge(address):
            rate.check_here(address, message)
