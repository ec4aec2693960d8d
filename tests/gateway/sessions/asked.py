"""A session whose listeners come and go, and what is asked for then."""

from redis.asyncio import Redis

from schemas.channels import absent_key, audience_key
from schemas.messages import Message, Wanted
from tests.gateway.client import Client
from tests.gateway.records import records


class Scene:
    """A session with its speaker."""

    def __init__(self, kafka: str, redis: Redis, speaker: Client, code: str, session_id: str) -> None:
        self.kafka, self.redis, self.speaker, self.code, self.session_id = kafka, redis, speaker, code, session_id

    async def absent(self, *asked: str) -> int:
        """How many are absent who asked for this."""
        return int(await self.redis.zcard(absent_key(self.session_id, *(asked or ("captions", "es")))))

    async def leases(self) -> int:
        """Gateways with listeners."""
        return int(await self.redis.hlen(audience_key(self.session_id)))  # type: ignore[misc]

    async def nobody(self) -> bool:
        """No lease is left."""
        return await self.leases() == 0

    async def wanted(self, languages: int) -> list[str]:
        """What gateways said in the log, once that are so many."""

        def enough(found: list[Message]) -> bool:
            return len(found) >= languages

        found = await records(self.kafka, "transcripts", self.session_id, enough)
        return [message.language for message in found if isinstance(message, Wanted)]
