"""The process that looks at all others from outside."""

import asyncio
import json
import math
import sys
from typing import Any

import aiohttp
from prometheus_client import REGISTRY, generate_latest
from redis.asyncio import Redis

from dragoman.local.ports import free_ports
from dragoman.ops.lag import PartitionLag
from dragoman.ops.process import LastSeen
from schemas.channels import speakers_key
from schemas.topics import STAGES
from tests.gateway.client import eventually
from tests.gateway.program import environment

TWO = [
    PartitionLag("broadcast", "transcripts", 0, 4, 1, 2.5),
    PartitionLag("broadcast", "speech", 3, 9, 7, 0.5),
]
PLACE = {"consumergroup": "broadcast", "topic": "speech", "partition": "3"}


def figure(name: str, labels: dict[str, str] | None = None) -> float | None:
    return REGISTRY.get_sample_value(f"dragoman_{name}", labels or {})


def test_autoscalers_are_told_of_a_stage_the_worst_of_its_topics_and_all_that_waits() -> None:
    standing = LastSeen()
    standing.take(TWO)
    standing.count_speaking(3)
    assert standing.missing == ""
    assert standing.told() == {"stages": {"broadcast": {"seconds": 2.5, "messages": 8, "late": 1}}, "speaking": 3}
    assert [figure(f"consumer_{name}", PLACE) for name in ("lag_messages", "lag_seconds", "settled_offset")] == [
        7,
        0.5,
        9,
    ]


def test_what_is_not_known_is_not_told() -> None:
    standing = LastSeen()
    assert standing.missing == "Kafka does not answer, Redis does not answer"
    standing.take(TWO)
    standing.count_speaking(3)
    standing.forget()
    standing.count_speaking(None)
    assert standing.told() == {"stages": {}, "speaking": None}
    assert figure("consumer_lag_seconds", PLACE) is None
    assert math.isnan(figure("sessions_speaking") or 0)
    assert b"broadcast" not in generate_latest()


async def test_a_running_one_looks_at_real_servers_and_says_when_one_is_gone(
    kafka: str, redis_url: str, redis: Redis
) -> None:
    port, port_without_kafka, page, page_without_kafka = free_ports(4)
    seconds, _ = await redis.time()
    await redis.zadd(speakers_key(), {"brave-heron-ops": seconds * 1000 + 60_000, "brave-heron-gone": 1})
    before = await redis.zcount(speakers_key(), seconds * 1000 + 50_000, "+inf")
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "dragoman.cli", "ops"),
            env=environment(kafka=address, redis=redis_url, operator_port=own, ops_port=shown),
            stderr=asyncio.subprocess.DEVNULL,
        )
        for address, own, shown in (
            (kafka, port, page),
            ("127.0.0.1:1", port_without_kafka, page_without_kafka),
        )
    ]
    try:
        async with aiohttp.ClientSession() as http:
            found: dict[str, Any] = {}

            async def told(at: int, path: str, status: int) -> bool:
                try:
                    async with http.get(f"http://127.0.0.1:{at}{path}") as response:
                        found[path] = await response.text()
                        return response.status == status
                except OSError:
                    return False

            await eventually(lambda: told(port, "/readyz", 200))
            assert await told(port, "/stages", 200)
            stages = json.loads(found["/stages"])
            assert [*stages["stages"]] == [*STAGES]
            assert stages["speaking"] >= before >= 1
            assert await told(port, "/metrics", 200)
            place = 'dragoman_consumer_lag_seconds{consumergroup="transcribe",partition="0",topic="audio"} '
            assert place in found["/metrics"]
            board = "/ops/api/board"

            async def all_is_seen() -> bool:
                await told(page, board, 200)
                return json.loads(found[board])["away"] == {}

            await eventually(all_is_seen)
            assert [stage["stage"] for stage in json.loads(found[board])["stages"]] == [*STAGES]
            await eventually(lambda: told(port_without_kafka, "/readyz", 503))

            async def only_kafka() -> bool:
                await told(port_without_kafka, "/readyz", 503)
                return found["/readyz"] == "Kafka does not answer\n"

            await eventually(only_kafka)
            assert await told(port_without_kafka, "/stages", 503)
            assert await told(page_without_kafka, board, 200)
            assert json.loads(found[board])["stages"] == []
            assert "127.0.0.1:1" in json.loads(found[board])["away"]["kafka"]
    finally:
        for process in processes:
            process.terminate()
        assert [await process.wait() for process in processes] == [0, 0]
        await redis.zrem(speakers_key(), "brave-heron-ops", "brave-heron-gone")
