"""The process `dragoman ops`: looks from outside at how the stages stand, once a second, and tells it to whoever asks.

It belongs to no group, and writes only what somebody asks for on its page: it may be stopped, started and doubled at
any time.
"""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.ops import metrics
from dragoman.ops.board import Board
from dragoman.ops.lag import Lag, PartitionLag, folded, late
from dragoman.ops.ledger import read_prices
from dragoman.ops.outcomes import HOUR_MS
from dragoman.ops.page.access import PageAccess
from dragoman.ops.page.site import OperatorPage, serve_page
from dragoman.ops.watch import LOOK_S, watch_lag, watch_records, watch_redis
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.operator import serve_operator_port
from dragoman.runtime.redis_client import redis_client
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import now_ms
from schemas.channels import LEASE_MS, speakers_key

log = structlog.get_logger()


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
    access = PageAccess(settings.ops_token)
    stop, standing = asyncio.Event(), LastSeen()
    board = Board(read_prices(), now_ms, settings.text_retention_h * HOUR_MS)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    async def stages(_: web.Request) -> web.Response:
        missing = standing.missing
        return web.json_response(standing.told(), status=503 if missing else 200)

    def take(partitions: Sequence[PartitionLag]) -> None:
        standing.take(partitions)
        board.take_lag(partitions)

    def lose(why: str) -> None:
        standing.forget()
        board.lose("kafka", why)

    async with AsyncExitStack() as stack:
        redis = redis_client(settings.redis, protocol=2, socket_timeout=3, socket_connect_timeout=1)
        stack.push_async_callback(redis.aclose)
        runner, port = await serve_operator_port(
            settings.operator_host,
            settings.operator_port,
            lambda: standing.missing,
            [web.get("/stages", stages)],
        )
        stack.push_async_callback(runner.cleanup)
        page, page_port = await serve_page(settings, OperatorPage(board, access, settings.kafka, redis))
        stack.push_async_callback(page.cleanup)
        looking = [
            asyncio.create_task(look)
            for look in (
                watch_lag(settings.kafka, take, lose),
                watch_records(settings.kafka, board),
                watch_redis(redis, board),
                _speakers(redis, standing),
            )
        ]
        stack.push_async_callback(_ended, looking)
        log.info("ops.looking", operator_port=port, page_port=page_port, token=access.asks)
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((*looking, stopped), return_when=asyncio.FIRST_COMPLETED)
        for task in looking:
            if task.done():
                await task  # it never ends but by an error


async def _ended(looking: Sequence[asyncio.Task[None]]) -> None:
    for task in looking:
        task.cancel()
    await asyncio.gather(*looking, return_exceptions=True)


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
