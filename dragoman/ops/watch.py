"""Looks at Kafka and Redis again and again, for ever, also while they are away; what is seen is given to others."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from dragoman.ops.board import Board
from dragoman.ops.lag import LagMeter, PartitionLag, lag_meter
from dragoman.ops.live import look_at_sessions
from dragoman.ops.outcomes import WINDOW_MS
from dragoman.ops.processes import look_at_crew
from dragoman.ops.records import followed
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.wall_clock import now_ms
from schemas.topics import DEAD_LETTERS, USAGE

log = structlog.get_logger()

LOOK_S: Final = 1.0
AGAIN_S: Final = 2.0
BOARD_S: Final = 2.0
LONGEST_S: Final = 15.0
"""A look that takes longer is given up: what it would find is no longer so."""
RECORDS_S: Final = 10.0
"""How soon records are tried again that could not be read: a right that is missing does not come soon."""


async def watch_lag(kafka: str, take: Callable[[Sequence[PartitionLag]], None], lose: Callable[[str], None]) -> None:
    """How far the stages are behind; `lose` is told why it is not known."""
    while True:
        try:
            async with lag_meter(kafka) as meter:
                while True:
                    take(await _look(meter))
                    await asyncio.sleep(LOOK_S)
        except (DragomanError, OSError, TimeoutError) as error:
            lose(str(error) or "Kafka does not answer in time.")
            log.warning("ops.kafka_away", error=str(error) or type(error).__name__)
            await asyncio.sleep(AGAIN_S)


async def _look(meter: LagMeter) -> list[PartitionLag]:
    async with asyncio.timeout(LONGEST_S):
        return await meter.partitions()


async def watch_redis(redis: Any, board: Board) -> None:
    """The sessions and the processes."""
    while True:
        try:
            async with asyncio.timeout(LONGEST_S):
                sessions = await look_at_sessions(redis)
                board.take_redis(sessions, await look_at_crew(redis, sessions))
        except (RedisError, OSError, TimeoutError) as error:
            board.lose("redis", f"Redis does not answer ({type(error).__name__}).")
        except Exception as error:  # whatever it is: autoscalers live by this process, not by its page
            board.lose("redis", f"What Redis holds cannot be shown ({type(error).__name__}).")
            log.exception("ops.redis_unread")
        await asyncio.sleep(BOARD_S)


async def watch_records(kafka: str, board: Board) -> None:
    """What engines did in the last minutes, and all dead letters."""
    while True:
        try:
            since = {USAGE: now_ms() - WINDOW_MS, DEAD_LETTERS: 0}
            async with aclosing(followed(kafka, since)) as batches:
                await anext(batches)
                board.begin_records()
                async for batch in batches:
                    for record in batch:
                        board.take_record(record)
        except (DragomanError, OSError) as error:
            board.lose("records", str(error))
            log.warning("ops.records_unread", error=str(error))
            await asyncio.sleep(RECORDS_S)
        except Exception as error:  # as in watch_redis
            board.lose("records", f"They cannot be counted ({type(error).__name__}).")
            log.exception("ops.records_unread")
            await asyncio.sleep(RECORDS_S)
