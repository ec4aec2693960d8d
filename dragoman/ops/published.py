"""When a segment was published, as far as Redis still has the histories of its channels."""

from collections.abc import Iterable
from typing import Any

from redis.exceptions import RedisError

from dragoman.ops.trace import Step
from dragoman.runtime.redis_client import redis_client
from schemas.channels import captions_channel, speech_channel
from schemas.messages import Segment, Speech
from workers.stage import Record


async def published(redis: str, session_id: str, segment: int, records: Iterable[Record]) -> list[Step]:
    """A step for each channel; none without a Redis (`redis` is empty) or while it does not answer."""
    channels = {
        _channel(session_id, record.message): record.message.language
        for record in records
        if isinstance(record.message, Segment) and record.message.segment == segment and record.message.final
    }
    if not redis:
        return []
    client: Any = redis_client(redis, protocol=2, socket_timeout=3, socket_connect_timeout=1)
    found = []
    try:
        for channel, language in channels.items():
            for _, fields in await client.xrange(channel, f"{segment}", f"{segment}"):
                kind = "speech" if "}:speech:" in channel else "captions"
                found.append(Step(int(fields[b"at"]), "published", language, kind))
    except (RedisError, OSError):
        return []
    finally:
        await client.aclose()
    return found


def _channel(session_id: str, final: Segment) -> str:
    if isinstance(final, Speech):
        return speech_channel(session_id, final.language, final.format, final.chosen_voice)
    return captions_channel(session_id, final.language)
