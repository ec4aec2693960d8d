"""What workers tell the gateways through Redis."""

from uuid import uuid4

import msgspec
from redis.asyncio import Redis

from dragoman.runtime.redis_life import RedisLife
from schemas.languages import Abilities, abilities_key
from tests.workers.driving import until_true
from workers.connection import AbilitiesNotice


class Life(RedisLife):
    """Another one begins when the test says so."""

    def begin_anew(self) -> None:
        for watcher in self._watchers:
            watcher()


async def test_a_redis_that_forgot_is_told_again_what_the_stage_can_do(redis: Redis) -> None:
    """Without it no session could be opened any more."""
    stage, life = f"translate-{uuid4().hex[:6]}", Life(redis)
    notice = AbilitiesNotice(redis, life, stage)
    await notice.tell({"en": ["ca"]})
    await notice.tell({"en": ["es"]})
    assert len(life._watchers) == 1, "each life is told once"

    async def told() -> bytes | None:
        return await redis.get(abilities_key(stage))  # type: ignore[no-any-return]

    assert msgspec.json.decode(await told() or b"", type=Abilities) == Abilities(languages={"en": ["es"]})
    await redis.delete(abilities_key(stage))
    life.begin_anew()
    await until_true(told)
