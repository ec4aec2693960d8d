"""A session whose language is found out, as the workers do it."""

import msgspec
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.languages import Abilities, abilities_key
from tests.gateway.client import eventually
from tests.gateway.publisher import session_id_of
from tests.workers.driving import Clock
from workers.broadcast.channel import RedisChannel


async def hear_more(redis: Redis) -> None:
    """From now on English, Spanish and Swahili are heard and told apart; the first two are translated."""
    for stage, languages in {
        "transcribe": {"en": [], "es": [], "sw": [], "auto": []},
        "translate": {"en": ["es", "fr"], "es": ["en", "ca"]},
        "synthesize": {"*": ["en", "es", "fr"]},
    }.items():
        await redis.set(abilities_key(stage), msgspec.json.encode(Abilities(languages=languages)))


async def found_out(redis: Redis, code: str, language: str, until: int = 16_000) -> None:
    """What broadcast does when a transcript says so."""
    channel = RedisChannel(redis, Clock().now, most=10, speech_history_s=60, live_s=60, ended_s=60)
    await channel.note_language(await session_id_of(redis, code), language, until)


async def followed(gateway: Gateway, session_id: str, language: str) -> None:
    """Waits until the speaker's gateway hears the captions of this floor."""

    async def follows() -> bool:
        speaker = gateway.parts.here.get(session_id).speaker if gateway.parts else None
        watched = speaker.floor._watched if speaker else None
        return watched is not None and watched.language == language

    await eventually(follows)
