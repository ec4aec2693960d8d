"""Workers of the three stages start with Amazon's engines, and without where it is away."""

import importlib
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from dragoman.runtime.settings import Settings
from schemas.languages import Abilities, abilities_key
from tests.workers.amazon.peers import AmazonPeers


async def told(redis: Redis, stage: str) -> Abilities:
    return msgspec.json.decode(await redis.get(abilities_key(stage)), type=Abilities)


@pytest.mark.parametrize(
    ("stage", "source", "language"), [("transcribe", "*", "en"), ("translate", "en", "es"), ("synthesize", "*", "es")]
)
async def test_a_worker_tells_what_amazon_does_and_starts_with_the_next_engine_where_that_is_away(
    stage: str, source: str, language: str, tmp_path: Path, redis_url: str, redis: Redis
) -> None:
    make = importlib.import_module(f"workers.{stage}.__main__").make
    async with AmazonPeers(tmp_path) as peers:
        settings = Settings.model_validate(
            {"kafka": "127.0.0.1:1", "redis": redis_url, "engines": "amazon,scripted", **peers.settings}
        )
        worker = make(settings)
        await worker.start()
        assert (await told(redis, stage)).engines[source][language] == "amazon"
        await worker.close()
        peers.transcribe.faults.refuse = (503, "ServiceUnavailableException")
        peers.rest.faults.error, peers.rest.faults.status = "ServiceUnavailableException", 503
        worker = make(settings)
        await worker.start()
        assert "amazon" not in msgspec.json.encode(await told(redis, stage)).decode()
        await worker.close()
