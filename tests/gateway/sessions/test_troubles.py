"""A speaker learns which engines are left alone, of those that the session needs."""

import msgspec
from redis.asyncio import Redis

from gateway.sessions.troubles import read_troubles
from schemas.channels import Resting, resting_key
from tests.gateway.client import created, joined
from tests.gateway.conftest import Connect

RESTING = {
    "amazon": ["transcribe en", "translate en es", "translate en fr", "translate pt es", "fill en es"],
    "piper": ["synthesize es", "synthesize fr"],
}


async def tell(redis: Redis, worker: str, engines: dict[str, list[str]], keep_ms: int = 15_000) -> None:
    """As a worker does."""
    now_ms = (await redis.time())[0] * 1000
    row = Resting(until=now_ms + keep_ms, engines=engines)
    await redis.hset(resting_key(), worker, msgspec.json.encode(row))


async def test_what_concerns_the_languages_of_a_session_is_told_once_in_plain_words(redis: Redis) -> None:
    try:
        assert await read_troubles(redis, "en", {"es"}) == []
        await tell(redis, "one", RESTING)
        await tell(redis, "another", RESTING)
        await tell(redis, "gone", {"opus": ["translate en es"]}, -1)
        troubles = await read_troubles(redis, "en-GB", {"es", "de"})
        assert [(each.stage, each.engine, each.language) for each in troubles] == [
            ("synthesize", "piper", "es"),
            ("transcribe", "amazon", "en"),
            ("translate", "amazon", "es"),
        ]
        assert troubles[1].message == "amazon does not hear en at the moment: the next engine does, if there is one."
        assert await read_troubles(redis, "de", {"it"}) == []
    finally:
        await redis.hdel(resting_key(), "one", "another", "gone")


async def test_the_speaker_is_told_and_listeners_are_not(connect: Connect, redis: Redis) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker)
    await joined(listener, code)
    try:
        await tell(redis, "one", {"amazon": ["transcribe en"]})
        (trouble,) = (await speaker.ask("getSessionStatus", sessionId=code))["troubles"]
        assert (trouble["stage"], trouble["engine"], trouble["language"]) == ("transcribe", "amazon", "en")
        assert (await listener.ask("getSessionStatus", sessionId=code))["troubles"] == []
    finally:
        await redis.hdel(resting_key(), "one")
