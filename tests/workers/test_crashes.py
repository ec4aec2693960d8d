"""What Redis keeps of crashes."""

from uuid import uuid4

import pytest
from redis.exceptions import RedisError

from dragoman.runtime.settings import Settings
from workers.crashes import Place, RedisCrashes

PLACE, OTHER = Place("translations", 3, 41), Place("speech", 0, 7)


@pytest.fixture
def stage() -> str:
    return f"stage-{uuid4().hex[:8]}"


async def test_what_was_worked_on_is_counted_once_for_every_process_of_the_stage(redis_url: str, stage: str) -> None:
    settings = Settings(redis=redis_url)
    first, other = RedisCrashes(settings, stage, "1"), RedisCrashes(settings, stage, "2")
    await first.work_on([PLACE, OTHER], [])
    await first.work_on([], [OTHER])
    assert await first.count_former() == [PLACE]
    assert await first.count_former() == []
    assert await other.count_former() == []
    await other.blame([PLACE])
    assert await other.counts() == {PLACE: 2}
    await other.clear(PLACE)
    assert await first.counts() == {}
    await first.close()
    await other.close()


async def test_a_stop_forgets_what_was_worked_on(redis_url: str, stage: str) -> None:
    crashes = RedisCrashes(Settings(redis=redis_url), stage, "1")
    await crashes.work_on([PLACE], [])
    await crashes.forget()
    assert await crashes.count_former() == []
    assert await crashes.counts() == {}
    await crashes.close()


async def test_a_redis_that_is_away_is_an_error_at_once() -> None:
    crashes = RedisCrashes(Settings(redis="redis://127.0.0.1:1"), "translate", "1")
    with pytest.raises(RedisError):
        await crashes.counts()
    await crashes.close()
