"""Shows the others that this gateway lives: they notice at once when it is gone, and no longer count its leases."""

import asyncio
from typing import Any

import structlog
from redis.exceptions import RedisError

from gateway.channels.subscriptions import Receiver, Subscriptions
from schemas.channels import LEASE_MS, gateway_channel, gone_key, instance_key

log = structlog.get_logger()

AGAIN_S = 0.5
NAMED_S = 7 * 24 * 3600
"""A name is remembered for so long: in a cluster each process may have one of its own, and none comes back."""


async def appear(redis: Any, subscriptions: Subscriptions, gateway_id: str, instance: str) -> None:
    """Subscribes to its own channel, and marks as gone the gateway that had its instance name before, if there was one.

    Redis drops the subscription with the connection. A machine that is cut off keeps its connection for minutes: its
    successor speaks for it, and if there is none its leases run out.
    """
    await subscriptions.subscribe(gateway_channel(gateway_id), Receiver(_nothing_said, _heard))
    while instance:
        try:
            before = await redis.set(instance_key(instance), gateway_id, get=True, ex=NAMED_S)
            if before and before.decode() != gateway_id:
                await redis.set(gone_key(before.decode()), gateway_id, px=2 * LEASE_MS)
            return
        except (RedisError, OSError) as error:
            log.warning("presence.not_told", error=type(error).__name__)
            await asyncio.sleep(AGAIN_S)


def _nothing_said(_: bytes) -> None:
    """Nobody publishes there: Redis only counts who is subscribed."""


def _heard() -> None:
    """The subscription counts (again): there is nothing to read."""
