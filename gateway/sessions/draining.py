"""The end of a session: the last words come out after the speaker has left."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from gateway.channels.channels import Channels
from gateway.errors import RefusedError
from gateway.sessions.live import DRAIN_S
from schemas.channels import languages_key, spoken_languages_key
from schemas.languages import AUTO
from schemas.messages import Session
from schemas.socket import FORMATS


async def drained(redis: Any, channels: Channels, session: Session) -> None:
    """Waits until the floor, if its language is known, and all that was ever listened to has ended, at most 30 s.

    Raises RedisError.
    """
    languages = await redis.smembers(languages_key(session.session_id))
    spoken = await redis.smembers(spoken_languages_key(session.session_id))
    async with AsyncExitStack() as held:
        held_channels = []
        try:
            async with asyncio.timeout(DRAIN_S):
                for language in sorted({session.source_language, *(each.decode() for each in languages)} - {AUTO}):
                    held_channels.append(await channels.captions(session, language))
                    held.push_async_callback(channels.release, held_channels[-1])
                for language, _, wanted in sorted(each.decode().partition(":") for each in spoken):
                    named, _, voice = wanted.partition("/")
                    for audio_format in (known for known in FORMATS if known == named):
                        held_channels.append(await channels.speech(session, language, audio_format, voice))
                        held.push_async_callback(channels.release, held_channels[-1])
                for channel in held_channels:
                    await channel.over.wait()
        except (TimeoutError, RefusedError):
            return
