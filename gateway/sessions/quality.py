"""How the speaker's audio is, for gateways that do not hear it: noted in Redis by the one that does."""

from collections.abc import Iterable
from typing import Any

import msgspec

from gateway.sessions.live import LiveSession
from schemas.channels import quality_key
from schemas.socket import AudioQuality

KEEP_MS = 11_000
"""It is noted every 5 s: what was missed once is still there."""
_json = msgspec.json.Encoder()
_quality = msgspec.json.Decoder(AudioQuality)


async def note_quality(redis: Any, sessions: Iterable[LiveSession]) -> None:
    """Notes it of the sessions whose speaker is here and speaks. Raises RedisError."""
    pipeline = redis.pipeline(transaction=False)
    for live in sessions:
        if live.speaker and (quality := live.speaker.quality):
            pipeline.set(quality_key(live.session.session_id), _json.encode(quality), px=KEEP_MS)
    if len(pipeline):
        await pipeline.execute()


async def read_quality(redis: Any, live: LiveSession) -> AudioQuality | None:
    """Of the last seconds; None while the session is not live, or nobody speaks. Raises RedisError."""
    if live.shown != "live":
        return None
    if live.speaker:
        return live.speaker.quality
    noted = await redis.get(quality_key(live.session.session_id))
    return _quality.decode(noted) if noted else None
