"""Which life of Redis this process talks to. A restart begins a new one, perhaps without the memory of the last."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.runtime.wall_clock import WALL_CLOCK, WallClock

log = structlog.get_logger()

LOOK_S = 1.0
LOOK_AGAIN_S = 0.2
"""The same while Redis is away: what it forgot is given back as soon as it answers."""


class RedisLife:
    """Looks once a second, and more often while it is away.

    A run id is a life of one Redis process: a restart, a restore and a failover change it.
    What was read under another run id may since have been lost, or set back by a second.
    """

    def __init__(
        self, redis: "Redis", clock: Callable[[], float] = time.monotonic, wall_clock: WallClock = WALL_CLOCK
    ) -> None:
        """`clock` counts seconds; `wall_clock` is set right by what Redis answers."""
        self._wall_clock = wall_clock
        self._redis, self._clock = redis, clock
        self._since: float | None = None
        self._answered = clock()
        self._task: asyncio.Task[None] | None = None
        self._watchers: list[Callable[[], None]] = []
        self.run_id = ""
        """Of the life that answered last; empty before the first answer."""
        self.age_s = 0.0
        """For how long that life had lasted when it last answered."""

    @property
    def unbroken_s(self) -> float:
        """For how long Redis has answered every look, in one life."""
        return 0.0 if self._since is None else self._clock() - self._since

    @property
    def silent_s(self) -> float:
        """For how long Redis has not answered a look."""
        return self._clock() - self._answered

    def on_change(self, watcher: Callable[[], None]) -> None:
        """`watcher` is called when another life than the last one answers; not for the first one."""
        self._watchers.append(watcher)

    async def start(self) -> None:
        """Looks now, and from now on once a second. Raises RedisError when Redis is away now."""
        await self.look()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Looks no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> str:
        """Looks now; answers the run id. Raises RedisError, OSError: then the time without a break begins anew.

        One that takes no writes is as good as away: nobody can say that they are still there.
        """
        look = self._redis.pipeline(transaction=False)
        look.ping()  # refused with MISCONF by one that cannot write its files and so takes no writes
        look.info("server")
        server: dict[str, Any]
        try:
            answered = self._wall_clock.asks()
            _, server = await look.execute()
        except (RedisError, OSError):
            self._since = None
            raise
        self._answered = self._clock()
        answered(int(server["server_time_usec"]) // 1000)
        before, self.run_id = self.run_id, str(server["run_id"])
        self.age_s = float(server["uptime_in_seconds"])
        if self._since is None or before != self.run_id:
            self._since = self._clock()
        if before not in ("", self.run_id):
            log.warning("redis.new_life", age_s=self.age_s)
            for watcher in self._watchers:
                watcher()
        return self.run_id

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S if self._since is None else LOOK_S)
            try:
                await self.look()
            except (RedisError, OSError) as error:
                log.warning("redis.away", error=type(error).__name__)
