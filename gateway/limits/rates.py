"""Rates that hold over all gateways: how often an address may do something, counted in Redis."""

import hashlib
from collections import Counter
from math import ceil
from time import monotonic, time
from typing import Any

from limits import RateLimitItem, parse_many
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from dragoman.runtime.errors import DragomanError
from gateway import metrics
from gateway.errors import RefusedError

NONE = "none"
UNDER_WAY_S = 1.0
"""When to try again while as many as are allowed are being charged."""
MOST_KNOWN = 10_000
"""Addresses that are remembered here as used up."""


def read_rates(setting: str, text: str) -> list[RateLimitItem]:
    """What a setting such as `10/minute,60/hour` says; `none`: no limit. Raises DragomanError with one line."""
    if text.strip() == NONE:
        return []
    try:
        items = parse_many(text)
    except ValueError:
        items = []
    if not items or any(item.amount < 1 for item in items):
        raise DragomanError(
            f"DRAGOMAN_{setting.upper()} is {text!r}: it must be a rate such as 30/minute, several with commas, or none"
        )
    return items


def counters(redis: Any) -> MovingWindowRateLimiter:
    """Counts over the gateway's own connections to Redis, with their timeouts."""
    storage = RedisStorage(
        "async+redis://",
        implementation="redispy",
        connection_pool=redis.connection_pool,
        key_prefix="dragoman:limit",
    )
    return MovingWindowRateLimiter(storage)


class Rate:
    """One limit. Whoever has used it up is also remembered here: refusing again costs no question to Redis."""

    def __init__(self, name: str, items: list[RateLimitItem], redis_counters: MovingWindowRateLimiter) -> None:
        self.name = name
        self._items, self._counters = items, redis_counters
        self._used_up: dict[str, float] = {}
        self._least = min((item.amount for item in items), default=0)
        self._under_way: Counter[str] = Counter()

    async def charge(self, address: str) -> bool:
        """Counts one, unless it is one too many: then says False. Raises RedisError."""
        self._under_way[address] += 1
        fine = True
        try:
            for item in self._items:
                fine = await self._counters.hit(item, *self._names(address)) and fine
                await self._look(item, address)  # whether this was the last one is then known here
        finally:
            self._under_way[address] -= 1
            self._under_way += Counter()  # forgets those at 0
        return fine

    async def check(self, address: str, message: str) -> None:
        """Raises RefusedError when nothing is left for this address, RedisError."""
        self.check_here(address, message)
        for item in self._items:
            await self._look(item, address)
        self.check_here(address, message)

    def check_here(self, address: str, message: str) -> None:
        """The same from what is known here alone: a gateway learns it when it charges. Raises RefusedError.

        What is being charged just now counts already: many at once get no further than one after the other.
        """
        left_s = self._used_up.get(address, 0.0) - monotonic()
        if self._items and self._under_way[address] >= self._least:
            left_s = max(left_s, UNDER_WAY_S)
        if left_s > 0:
            metrics.LIMITED.labels(self.name).inc()
            raise RefusedError("rate-limited", message, retry_after_ms=ceil(left_s * 1000))
        self._used_up.pop(address, None)

    async def _look(self, item: RateLimitItem, address: str) -> None:
        stats = await self._counters.get_window_stats(item, *self._names(address))
        if stats.remaining < 1:
            if len(self._used_up) >= MOST_KNOWN:
                self._forget()
            again = monotonic() + max(0.0, stats.reset_time - time())
            self._used_up[address] = max(again, self._used_up.get(address, 0.0))

    def _forget(self) -> None:
        now = monotonic()
        self._used_up = {address: until for address, until in self._used_up.items() if until > now}
        if len(self._used_up) >= MOST_KNOWN:
            self._used_up.clear()  # Redis knows them all the same

    def _names(self, address: str) -> tuple[str, str]:
        """Redis gets digests of addresses, never addresses."""
        return self.name, hashlib.blake2b(address.encode(), digest_size=12).hexdigest()
