"""All workers together call no more often than the quota allows."""

import asyncio
import time
from uuid import uuid4

import pytest

from workers.amazon.shared_rate import PATIENCE_MS, SharedRate
from workers.errors import EngineThrottled


async def test_two_workers_share_their_turns_and_who_would_wait_long_is_refused(redis_url: str) -> None:
    service = uuid4().hex
    workers = [SharedRate(redis_url, service, 10) for _ in range(2)]
    began = time.monotonic()
    answers = await asyncio.gather(*(worker.turn() for worker in workers for _ in range(20)), return_exceptions=True)
    took_s = time.monotonic() - began
    refused = [answer for answer in answers if isinstance(answer, EngineThrottled)]
    admitted = answers.count(None)
    assert admitted + len(refused) == 40
    assert refused
    assert admitted <= 10 * took_s + 1
    assert PATIENCE_MS / 1_000 < refused[0].retry_after_s <= PATIENCE_MS / 1_000 + 0.2
    for worker in workers:
        await worker.close()


@pytest.mark.parametrize("rate", [SharedRate("", "polly", 8), SharedRate("redis://127.0.0.1:1", "polly", 8)])
async def test_without_a_redis_there_is_no_limit(rate: SharedRate) -> None:
    await asyncio.gather(*(rate.turn() for _ in range(20)))
    await rate.close()


async def test_no_limit_asks_no_redis() -> None:
    rate = SharedRate("redis://127.0.0.1:1", "polly", 0)
    await rate.turn()
    await rate.close()
