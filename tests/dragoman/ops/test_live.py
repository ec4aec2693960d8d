"""The sessions that go on, and what an operator does with one."""

import asyncio

import msgspec
from redis.asyncio import Redis

from dragoman.ops.live import Crowd, as_seen, end, hide, look_at_sessions
from dragoman.runtime.wall_clock import now_ms
from gateway.gateway import Gateway
from schemas.channels import Lease, audience_key, lag_key, session_key, speakers_key
from schemas.messages import Session
from tests.gateway.client import Connect, created, eventually
from tests.gateway.client import joined as joined_session
from tests.gateway.conftest import connect, gateway, redis, start_gateway
from tests.gateway.publisher import session_id_of

__all__ = ["connect", "gateway", "redis", "start_gateway"]

NOW = 1_800_000_000_000
SESSION = Session(
    session_id="calm-otter-123-x", code="calm-otter-123", source_language="auto", partition=0, created_at=NOW - 60_000,
    updated_at=NOW, title="A talk", listeners="pin", pin="1234", owner="somebody", position=16_000,
)  # fmt: skip
RECORD = msgspec.json.encode(SESSION)


def lease(until: int = NOW + 1, **members: object) -> bytes:
    return msgspec.json.encode(Lease(until=until, **members))  # type: ignore[arg-type]


def test_a_session_is_seen_with_its_listeners_and_without_what_is_nobodys_business() -> None:
    leases = {
        b"g1": lease(captions={"en": 1, "es": 3}, speech={"es": {"ogg-opus": 1, "pcm16": 1}}, listeners=4),
        b"g2": lease(captions={"ca": 2}, speech={"fr": {"ogg-opus": 1}}, listeners=3),
        b"dead": lease(until=NOW, captions={"de": 9}, listeners=9),
    }
    lag = {b"transcribe": b"1200", b"broadcast": b"3.7"}
    fields = [RECORD, b"muted", b"es 32000", b"48000", b"g1", None]
    seen = as_seen(SESSION.session_id, fields, leases, lag, NOW)
    assert seen
    assert (seen.state, seen.source_language, seen.spoken_s, seen.gateway, seen.hidden) == (
        "muted",
        "es",
        3,
        "g1",
        False,
    )
    assert seen.listeners == {"g1": 4, "g2": 3}
    assert seen.languages == {"es": Crowd(3, 2), "ca": Crowd(2, 0), "en": Crowd(1, 0), "fr": Crowd(0, 1)}
    assert [*seen.languages] == ["es", "ca", "en", "fr"], "where most listen comes first"
    assert seen.lag_ms == {"transcribe": 1200, "broadcast": 4}
    told = msgspec.json.encode(seen)
    assert b"1234" not in told
    assert b"somebody" not in told


def test_a_session_without_its_speaker_is_away_and_one_that_ended_is_none() -> None:
    alone = as_seen(SESSION.session_id, [RECORD, b"live", None, None, b"", b"1"], {}, {}, NOW)
    assert alone
    assert (alone.state, alone.source_language, alone.spoken_s, alone.hidden) == ("away", "auto", 1, True)
    assert as_seen(SESSION.session_id, [RECORD, b"ended", None, None, b"g1", None], {}, {}, NOW) is None
    assert as_seen(SESSION.session_id, [None] * 6, {}, {}, NOW) is None


async def test_an_operator_hides_shows_and_ends_a_session_of_a_real_gateway(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker, title="A talk")
    session_id = await session_id_of(redis, code)
    await joined_session(listener, code)

    assert gateway.parts
    own = gateway.parts.gateway_id

    async def listened() -> bool:
        found = {seen.code: seen for seen in await look_at_sessions(redis)}
        return found[code].listeners == {own: 1} and found[code].gateway == own

    await eventually(listened)
    assert await hide(redis, session_id, hidden=True)
    await listener.until(lambda told: told.get("hidden") is True)
    assert await hide(redis, session_id, hidden=False)
    await listener.until(lambda told: told.get("hidden") is False)
    assert await end(redis, session_id)
    assert (await speaker.of_type("sessionEnded"))["sessionId"] == code
    assert code not in [seen.code for seen in await look_at_sessions(redis)]
    assert not await hide(redis, session_id, hidden=True)
    assert await end(redis, session_id), "it is over already"


async def test_a_speaker_who_is_away_is_waited_for_no_longer_and_no_gateway_is_no_end(redis: Redis) -> None:
    ids = ["lone-otter-100-ops", "lost-otter-100-ops"]
    for session_id, speaker in zip(ids, ("", "a-gateway-that-hangs"), strict=True):
        await redis.hset(session_key(session_id), mapping={"record": RECORD, "state": "live", "speaker": speaker})
        await redis.zadd(speakers_key(), {session_id: now_ms()})
    try:
        ending = asyncio.create_task(end(redis, ids[0]))

        async def forsaken() -> bool:
            return await redis.zscore(speakers_key(), ids[0]) == 0

        await eventually(forsaken)
        await redis.hset(session_key(ids[0]), "state", "ended")  # as the next look of a gateway does
        assert await ending
        assert not await end(redis, ids[1], within_s=0)
        assert (await redis.zscore(speakers_key(), ids[1]) or 0) > 0, "its speaker may still be there"
    finally:
        for session_id in ids:
            await redis.delete(session_key(session_id), audience_key(session_id), lag_key(session_id))
            await redis.zrem(speakers_key(), session_id)
