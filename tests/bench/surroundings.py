"""What a benchmark of the gateway needs: Kafka, Redis, and the gateway as a program of its own."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from redis.asyncio import Redis

from dragoman.kafka.topics import apply_topics
from schemas.languages import Abilities, abilities_key
from schemas.topics import topics
from tests.servers import kafka_server, redis_server, wait


class Program(NamedTuple):
    """A running gateway."""

    url: str
    operator_port: int
    pid: int


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """A Kafka with the project's topics and a Redis."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "kafka").mkdir()
        (Path(folder) / "redis").mkdir()
        with kafka_server(Path(folder) / "kafka") as kafka, redis_server(Path(folder) / "redis") as redis:
            wait(apply_topics(kafka, topics(24, 168), 4, 1))
            yield kafka, redis


async def abilities(url: str) -> None:
    """Says what workers would say."""
    redis = Redis.from_url(url, protocol=2)
    for stage, languages in {
        "transcribe": {"en": []},
        "translate": {"en": ["es"]},
        "synthesize": {"*": ["es"]},
    }.items():
        await redis.set(abilities_key(stage), msgspec.json.encode(Abilities(languages=languages)))
    await redis.aclose()


@asynccontextmanager
async def running_gateway(kafka: str, redis: str, checkout: Path | None = None) -> AsyncIterator[Program]:
    """The gateway as users run it; that of another `checkout`, if one is named."""
    await abilities(redis)
    settings = {"KAFKA": kafka, "REDIS": redis, "SECRET": "s" * 32, "PORT": "0", "OPERATOR_PORT": "0", "DRAIN_S": "0"}
    settings |= {"MESSAGES_PER_S": "10000", "LISTENERS_PER_SESSION": "100000", "SESSIONS_PER_ADDRESS": "0"}
    settings |= {"SESSION_RATE": "none"}
    environment = os.environ | {f"DRAGOMAN_{name}": value for name, value in settings.items()}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=environment, stderr=asyncio.subprocess.PIPE, cwd=checkout
    )
    assert program.stderr
    try:
        async for line in program.stderr:
            if b"gateway.listening" in line:
                break
        drain = asyncio.create_task(program.stderr.read())
        await asyncio.sleep(2)
        listening = json.loads(line)
        yield Program(listening["url"], listening["operator_port"], program.pid)
    finally:
        program.terminate()
        await program.wait()
        await drain
