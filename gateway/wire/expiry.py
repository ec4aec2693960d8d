"""The end of a credential, which ends what it opened."""

import asyncio

import structlog

from dragoman.runtime.wall_clock import WALL_CLOCK
from gateway.errors import RefusedError
from gateway.wire.peer import Peer

log = structlog.get_logger()


def expire_at(until: float | None, peer: Peer) -> asyncio.TimerHandle | None:
    """Closes `peer` at `until`, Unix s; None: never."""
    if until is None:
        return None
    return asyncio.get_running_loop().call_later(until - WALL_CLOCK.seconds(), _expire, peer)


def _expire(peer: Peer) -> None:
    """The client comes back with a new credential, and resumes: nothing that was accepted is lost."""
    log.info("socket.expired")
    peer.refuse(RefusedError("unauthorized", "Your sign-in has expired: connect with a new one and resume."))
