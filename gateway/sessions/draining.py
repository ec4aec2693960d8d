"""The end of a session: the last words come out after the speaker has left."""

import asyncio
from contextlib import AsyncExitStack

from gateway.channels.offers import FORMATS
from gateway.errors import RefusedError
from gateway.sessions.live import DRAIN_S
from gateway.surroundings import Surroundings
from schemas.channels import languages_key, spoken_languages_key
from schemas.languages import AUTO
from schemas.messages import Session


async def drained(around: Surroundings, session: Session) -> None:
    """Waits until the floor, if its language is known, and all that was ever listened to has ended, at most 30 s.

    Raises RedisError.
    """
    languages = await around.redis.smembers(languages_key(session.session_id))
    spoken = await around.redis.smembers(spoken_languages_key(session.session_id))
    async with AsyncExitStack() as held:
        channels = []
        try:
            async with asyncio.timeout(DRAIN_S):
                for language in sorted({session.source_language, *(each.decode() for each in languages)} - {AUTO}):
                    channels.append(await around.channels.captions(session, language))
                    held.push_async_callback(around.channels.release, channels[-1])
                for language, _, wanted in sorted(each.decode().partition(":") for each in spoken):
                    for audio_format in (known for known in FORMATS if known == wanted):
                        channels.append(await around.channels.speech(session, language, audio_format))
                        held.push_async_callback(around.channels.release, channels[-1])
                for channel in channels:
                    await channel.over.wait()
        except (TimeoutError, RefusedError):
            return
