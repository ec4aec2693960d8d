"""The queue of holes, in a real Redis: its keys are not a session's, so other tests may have holes in it, too."""

from redis.asyncio import Redis

from schemas.channels import Known, code_key_of, hole_claim_key, holes_key, searching_key
from tests.workers.transcribe.logged import hole
from workers.transcribe.holes import CLAIM_MS, RedisHoles


async def test_holes_come_in_the_order_in_which_they_were_announced(redis: Redis, session_id: str) -> None:
    holes = RedisHoles(redis, "one")
    late, early = hole(0, 9, 7_000, session_id), hole(9, 20, 5_000, session_id)
    for each in (late, early, late):
        await holes.keep(each)
    assert [each for each in await holes.waiting() if each.session_id == session_id] == [early, late]
    for each in (late, early):
        await holes.release(each, over=True)
    assert [each for each in await holes.waiting() if each.session_id == session_id] == []


async def test_an_entry_that_cannot_be_read_keeps_no_other_one_from_being_filled(redis: Redis, session_id: str) -> None:
    holes, passed = RedisHoles(redis, "one"), hole(0, 9, 0, session_id)
    await holes.keep(passed)
    for broken in (b"{}", b"\xff", b""):
        await redis.hset(holes_key(), f"{session_id}:broken", broken)  # type: ignore[misc, arg-type]  # of redis-py
        assert [each for each in await holes.waiting() if each.session_id == session_id] == [passed]
    await redis.hdel(holes_key(), f"{session_id}:broken")  # type: ignore[misc]  # of redis-py
    await holes.release(passed, over=True)


async def test_a_hole_is_one_workers_until_it_is_released_or_its_claim_expires(redis: Redis, session_id: str) -> None:
    mine, other = RedisHoles(redis, "one"), RedisHoles(redis, "other")
    passed = hole(0, 9, 0, session_id)
    assert not await mine.claim(passed), "it is not in the queue"
    assert await redis.get(hole_claim_key(passed.name)) is None
    await mine.keep(passed)
    assert await mine.claim(passed)
    assert not await other.claim(passed)
    await mine.release(passed, over=False)
    assert await other.claim(passed)
    await redis.delete(hole_claim_key(passed.name))
    await other.renew(passed)
    assert 0 < await redis.pttl(hole_claim_key(passed.name)) <= CLAIM_MS
    await other.release(passed, over=True)
    assert not await mine.claim(passed)


async def test_it_knows_which_sessions_were_deleted(redis: Redis, session_id: str) -> None:
    holes = RedisHoles(redis, "one")
    assert not await holes.deleted(session_id)
    await redis.set(code_key_of(session_id), session_id)
    assert not await holes.deleted(session_id)
    await redis.set(code_key_of(session_id), "deleted")
    assert await holes.deleted(session_id)


async def test_one_worker_searches_and_notes_until_when(redis: Redis) -> None:
    await redis.delete(searching_key())
    assert await RedisHoles(redis, "one").search()
    assert not await RedisHoles(redis, "other").search()
    await RedisHoles(redis, "one").know(Known(life="a life", at=5))
    assert await RedisHoles(redis, "other").known() == Known(life="a life", at=5)
    await redis.delete(searching_key())
