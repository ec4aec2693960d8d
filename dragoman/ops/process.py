"""The process `dragoman ops`: looks from outside at how the stages stand, once a second, and tells it to whoever asks.

It belongs to no group and writes nothing: it may be stopped, started and doubled at any time.
"""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.ops import metrics
from dragoman.ops.lag import Lag, LagMeter, PartitionLag, folded, lag_meter, late
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.operator import serve_operator_port
from dragoman.runtime.redis_client import redis_client
from dragoman.runtime.settings import Settings
from schemas.channels import LEASE_MS, speakers_key

log = structlog.get_logger()

LOOK_S = 1.0
AGAIN_S = 2.0
LONGEST_S = 15.0
"""A look that takes longer is given up: what it would find is no longer so."""


class LastSeen:
    """How all stands, as it was last seen. What is not known is not told: a figure that stands still would be a lie."""

    def __init__(self) -> None:
        self._lags: list[Lag] = []
        self._late: dict[str, int] = {}
        self._speaking: int | None = None

    def take(self, partitions: Sequence[PartitionLag]) -> None:
        """Takes what a look at Kafka found."""
        self._lags, self._late = folded(partitions), late(partitions)
        metrics.show(partitions)

    def forget(self) -> None:
        """Kafka does not answer."""
        self._lags = []
        metrics.forget()

    def count_speaking(self, sessions: int | None) -> None:
        """Takes how many sessions have a speaker now; None: Redis does not answer."""
        self._speaking = sessions
        metrics.show_speaking(sessions)

    @property
    def missing(self) -> str:
        """What is not known."""
        unknown = {"Kafka": not self._lags, "Redis": self._speaking is None}
        return ", ".join(f"{server} does not answer" for server, away in unknown.items() if away)

    def told(self) -> dict[str, Any]:
        """For autoscalers: of each stage the worst of its topics and how many partitions are late, and the load."""
        stages: dict[str, dict[str, float]] = {}
        for lag in self._lags:
            stage = stages.setdefault(lag.stage, {"seconds": 0.0, "messages": 0, "late": self._late[lag.stage]})
            stage["seconds"] = max(stage["seconds"], lag.seconds)
            stage["messages"] += lag.messages
        return {"stages": stages, "speaking": self._speaking}


async def serve(settings: Settings) -> None:
    """Looks and tells until SIGTERM or SIGINT. Raises DragomanError for what a person can mend."""
    for server in ("kafka", "redis"):
        if not getattr(settings, server):
            raise DragomanError(f"set DRAGOMAN_{server.upper()}: whose stages are to be looked at?")
    stop, standing = asyncio.Event(), LastSeen()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    async def stages(_: web.Request) -> web.Response:
        missing = standing.missing
        return web.json_response(standing.told(), status=503 if missing else 200)

    runner, port = await serve_operator_port(
        settings.operator_host,
        settings.operator_port,
        lambda: standing.missing,
        [web.get("/stages", stages)],
    )
    redis = redis_client(settings.redis, protocol=2, socket_timeout=3, socket_connect_timeout=1)
    looking = [asyncio.create_task(look) for look in (_stages(settings.kafka, standing), _speakers(redis, standing))]
    log.info("ops.looking", operator_port=port)
    try:
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((*looking, stopped), return_when=asyncio.FIRST_COMPLETED)
        for task in looking:
            if task.done():
                await task  # it never ends but by an error
    finally:
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
        await redis.aclose()
        await runner.cleanup()


async def _stages(kafka: str, standing: LastSeen) -> None:
    """Looks for ever, also while Kafka is away."""
    while True:
        try:
            async with lag_meter(kafka) as meter:
                while True:
                    standing.take(await _look(meter))
                    await asyncio.sleep(LOOK_S)
        except (DragomanError, OSError, TimeoutError) as error:
            standing.forget()
            log.warning("ops.kafka_away", error=str(error) or type(error).__name__)
            await asyncio.sleep(AGAIN_S)


async def _look(meter: LagMeter) -> list[PartitionLag]:
    async with asyncio.timeout(LONGEST_S):
        return await meter.partitions()


async def _speakers(redis: "Redis", standing: LastSeen) -> None:
    """Counts for ever the sessions whose speaker a gateway has seen just now."""
    while True:
        found: int | None = None
        with suppress(RedisError, OSError):
            seconds, microseconds = await redis.time()
            since = seconds * 1000 + microseconds // 1000 - LEASE_MS
            found = int(await redis.zcount(speakers_key(), since, "+inf"))
        standing.count_speaking(found)
        await asyncio.sleep(LOOK_S)
