"""A session that its speaker takes back."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from dragoman.runtime.wall_clock import now_ms
from gateway.access.token import SpeakerClaims, sign
from gateway.errors import unavailable
from gateway.gateway import Gateway
from gateway.sessions.sessions import NEVER
from schemas.channels import captions_channel, code_key, filled_key, lag_key, outbox_key, session_key
from schemas.messages import Audio, Session
from schemas.topics import TRANSCRIPTS
from tests.dragoman.transcripts.spoken import transcript
from tests.gateway.client import Client, Connect, StartGateway, accepted, created, eventually, joined, send_audio
from tests.gateway.publisher import Publisher, caption, session_id_of
from tests.gateway.records import records
from tests.gateway.stopped_log import stop_log
from workers.broadcast.channel import RedisChannel
from workers.broadcast.entries import entries
from workers.outbox import RedisOutbox
from workers.stage import Record

SECRET = "the tests' own secret of 32 bytes"


async def delete(gateway: Gateway, code: str, token: str | None) -> tuple[int, dict[str, Any]]:
    """Status and answer."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    url = f"{gateway.url}/api/sessions/{code}"
    async with aiohttp.ClientSession() as http, http.delete(url, headers=headers) as response:
        return response.status, await response.json()


async def keys_of(redis: Redis, session_id: str) -> list[str]:
    """Every name in Redis that holds the id of a session, and where it is a member or a value."""
    found = [name.decode() async for name in redis.scan_iter() if session_id.encode() in name]
    sets = [name async for name in redis.scan_iter("dragoman:owned:*")]
    for name in ("dragoman:speakers", *sets):
        if await redis.zscore(name, session_id) is not None:
            found.append(str(name))
    if await redis.get(code_key(session_id.rpartition("-")[0])) == session_id.encode():
        found.append("code")
    return found


async def held(gateway: Gateway, connect: Connect, redis: Redis) -> tuple[Client, str, str, str]:
    """A session with audio, listeners, histories and what the workers note: speaker, code, token, id."""
    speaker = await connect(gateway)
    code, token = await created(speaker, title="Private", vocabulary=["secret"])
    session_id = await session_id_of(redis, code)
    await send_audio(speaker, code, position=0)
    await accepted(speaker, 1600)
    for language in ("en", "es"):
        publisher = Publisher(redis, captions_channel(session_id, language))
        await publisher.final(0, caption(0, "Word", language=language))
        await publisher.revised(3, caption(0, "Words", language=language, revision=2))
    await redis.hset(lag_key(session_id), "translate", "5")
    await redis.hset(outbox_key(session_id), "until", "5")
    return speaker, code, token, session_id


async def test_nobody_is_left_whose_session_it_was(start_gateway: StartGateway, connect: Connect, redis: Redis) -> None:
    gateway = await start_gateway(sessions_per_address=1000)
    _, code, token, session_id = await held(gateway, connect, redis)
    assert any("owned" in name for name in await keys_of(redis, session_id))
    assert (await delete(gateway, code, token))[0] == 200
    assert await keys_of(redis, session_id) == []


async def test_all_is_gone_from_redis_and_the_speaker_is_told_until_when_kafka_keeps_it(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    speaker, code, token, session_id = await held(gateway, connect, redis)
    await joined(await connect(), code)
    before = now_ms()
    status, told = await delete(gateway, code.upper(), token)
    assert status == 200
    assert told["sessionId"] == code
    assert told["removedKeys"] >= 5
    assert before + 24 * 3_600_000 <= told["audioExpiresAt"] <= now_ms() + 24 * 3_600_000
    assert told["textExpiresAt"] - told["audioExpiresAt"] == 144 * 3_600_000
    assert await speaker.closed() == 4010
    assert await keys_of(redis, session_id) == []


async def test_listeners_on_every_gateway_are_told_at_once(
    gateway: Gateway, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    other = await start_gateway()
    speaker, code, token, session_id = await held(gateway, connect, redis)
    listeners = [await connect(gateway), await connect(other)]
    for listener in listeners:
        await joined(listener, code)
    assert (await delete(other, code, token))[0] == 200
    for client in (speaker, *listeners):
        await client.of_type("sessionEnded")
        assert await client.closed() == 4010

    async def left() -> bool:
        return not any(each.parts and each.parts.here.get(session_id) for each in (gateway, other))

    await eventually(left)
    await asyncio.sleep(0.3)  # longer than a gateway waits before it writes who left
    assert await keys_of(redis, session_id) == []


async def test_a_gateway_that_was_not_told_finds_out(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    """Pub/sub is at most once."""
    _, code, _, session_id = await held(gateway, connect, redis)
    listener = await connect()
    await joined(listener, code)
    assert gateway.parts
    assert gateway._upkeep
    session = (await gateway.parts.lookup.by_code(code)).session
    await gateway.parts.sessions.forget(session)
    await gateway._upkeep.renew()
    assert await listener.closed() == 4010
    assert await keys_of(redis, session_id) == []


async def test_the_log_has_the_end_and_a_record_without_what_people_wrote(
    gateway: Gateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    _, code, token, session_id = await held(gateway, connect, redis)
    await delete(gateway, code, token)
    audio = await records(kafka, "audio", session_id)
    assert isinstance(audio[-1], Audio)
    assert (audio[-1].kind, audio[-1].position) == ("end", 1600)
    last = (await records(kafka, "sessions", session_id))[-1]
    assert isinstance(last, Session)
    assert (last.state, last.deleted, last.title, last.vocabulary, last.pin) == ("ended", True, "", (), "")


async def test_nobody_can_join_read_resume_or_delete_it_again(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    _, code, token, _ = await held(gateway, connect, redis)
    await delete(gateway, code, token)
    answer = await (await connect()).ask("joinSession", sessionId=code, targetLanguage="es")
    assert answer["code"] == "session-not-found"
    resumed = await (await connect()).ask("resumeSession", sessionId=code, speakerToken=token)
    assert resumed["code"] == "session-not-found"
    async with aiohttp.ClientSession() as http:
        for path in ("", "/transcript", "/qr.svg"):
            async with http.get(f"{gateway.url}/api/sessions/{code}{path}") as response:
                assert response.status == 404
    assert (await delete(gateway, code, token))[0] == 404


async def test_what_the_workers_still_have_of_it_is_not_kept(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    """The real scripts of the workers, a moment later."""
    _, code, token, session_id = await held(gateway, connect, redis)
    await delete(gateway, code, token)
    life = (await redis.info("server"))["run_id"]
    await redis.set(filled_key(TRANSCRIPTS, 0), life)
    channel = RedisChannel(redis, now_ms, most=9, speech_history_s=9, live_s=9, ended_s=9)
    for said in (transcript(1600, "a late word"), transcript(1600, "a later one", revised=True)):
        (entry,) = entries(Record(TRANSCRIPTS, 0, 9, session_id, said, 0))
        assert not await channel.publish(filled_key(TRANSCRIPTS, 0), entry)
    await channel.note_lag(session_id, {"broadcast": 1})
    outbox = RedisOutbox(redis, 9000)
    final = transcript(1600, "a late word")
    assert await outbox.fix(session_id, final, None, life)  # else its lane would wait for it
    assert await outbox.remember(session_id, None, life)
    assert await keys_of(redis, session_id) == []


async def test_what_another_gateway_still_knows_does_not_bring_it_back(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    _, code, token, session_id = await held(gateway, connect, redis)
    assert gateway.parts
    sessions, session = gateway.parts.sessions, (await gateway.parts.lookup.by_code(code)).session
    await delete(gateway, code, token)
    assert not await sessions.restore(session, position=5, here=True)
    assert await sessions.take_over(session) is None
    await sessions.closed(session)
    assert await sessions.generation(session_id) == NEVER  # an old record that waits for the log is dropped
    assert await keys_of(redis, session_id) == []


async def test_a_redis_that_lost_everything_does_not_bring_it_back(
    gateway: Gateway, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    _, code, token, session_id = await held(gateway, connect, redis)
    await delete(gateway, code, token)
    kept = {name: await redis.get(name) async for name in redis.scan_iter("dragoman:abilities:*")}
    await redis.flushall()
    for name, abilities in kept.items():
        await redis.set(name, abilities)
    await Publisher(redis, captions_channel(session_id, "es")).final(0, caption(0, "filled before the mark is back"))
    again = await start_gateway()  # finds no note that Redis knows every session
    assert again.parts
    await again.parts.restoration.complete()
    assert await keys_of(redis, session_id) == []
    assert await redis.get(code_key(code)) == b"deleted"  # the code is not given to others
    answer = await (await connect(again)).ask("joinSession", sessionId=code, targetLanguage="es")
    assert answer["code"] == "session-not-found"


async def test_the_mark_stays_as_long_as_kafka_keeps_the_text(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    _, code, token, _ = await held(gateway, connect, redis)
    await delete(gateway, code, token)
    assert 168 * 3600 - 60 < await redis.ttl(code_key(code)) <= 168 * 3600
    assert gateway.parts
    assert not await gateway.parts.sessions.claim_code(code, "another")


async def test_an_ended_session_can_be_deleted_too(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    speaker, code, token, session_id = await held(gateway, connect, redis)
    await speaker.ask("endSession", sessionId=code)
    assert (await delete(gateway, code, token))[0] == 200
    assert await keys_of(redis, session_id) == []


@pytest.mark.parametrize("whose", ["nobody", "garbage", "forged", "another"])
async def test_a_stranger_deletes_nothing(gateway: Gateway, connect: Connect, redis: Redis, whose: str) -> None:
    speaker, code, _, session_id = await held(gateway, connect, redis)
    _, others = await created(await connect())
    claims = SpeakerClaims(session_id, 0, "en")
    token = {"nobody": None, "garbage": "x.y.z", "forged": sign(claims, "x" * 32), "another": others}[whose]
    labels = {"outcome": "forbidden" if whose == "another" else "unauthorized"}
    before = REGISTRY.get_sample_value("dragoman_gateway_deletions_total", labels) or 0
    status, told = await delete(gateway, code, token)
    assert (status, told["code"]) == ((403, "forbidden") if whose == "another" else (401, "unauthorized"))
    assert REGISTRY.get_sample_value("dragoman_gateway_deletions_total", labels) == before + 1
    assert len(await keys_of(redis, session_id)) > 5
    await send_audio(speaker, code, first=1600)
    await accepted(speaker, 3200)


async def test_deletions_that_meet_each_other_and_their_speaker_end_well(
    gateway: Gateway, start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    other = await start_gateway()
    speaker, code, token, session_id = await held(gateway, connect, redis)
    await speaker.say("controlBroadcast", sessionId=code, controlAction="pause")
    answers = await asyncio.gather(*(delete(at, code, token) for at in (gateway, other, gateway)))
    assert {status for status, _ in answers} <= {200, 404}
    assert 200 in {status for status, _ in answers}
    assert await keys_of(redis, session_id) == []


async def test_while_kafka_is_away_nothing_is_deleted(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    _, code, token, session_id = await held(gateway, connect, redis)
    assert gateway.parts
    reachable, gateway.parts.log.partitions = gateway.parts.log.partitions, _away  # type: ignore[method-assign]  # away
    before = await keys_of(redis, session_id)
    assert (await delete(gateway, code, token))[0] == 503
    assert await keys_of(redis, session_id) == before
    gateway.parts.log.partitions = reachable  # type: ignore[method-assign]  # back
    assert (await delete(gateway, code, token))[0] == 200


def _away() -> int:
    raise unavailable()


async def test_a_deletion_that_failed_half_way_is_completed_by_the_next(
    gateway: Gateway, connect: Connect, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.deletion.RECORD_S", 0.3)
    _, code, token, session_id = await held(gateway, connect, redis)
    log = stop_log(gateway)
    assert (await delete(gateway, code, token))[0] == 503
    assert await redis.hget(session_key(session_id), "state") == b"ended"
    log.go_on()
    assert (await delete(gateway, code, token))[0] == 200
    assert await keys_of(redis, session_id) == []


async def test_a_deletion_that_failed_half_way_is_completed_by_the_upkeep(
    start_gateway: StartGateway, connect: Connect, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.deletion.RECORD_S", 0.3)
    one, _ = await start_gateway(), await start_gateway(grace_s=0.5)
    _, code, token, session_id = await held(one, connect, redis)
    stop_log(one)
    assert (await delete(one, code, token))[0] == 503

    async def gone() -> bool:
        return not await keys_of(redis, session_id)

    await eventually(gone)
    assert await redis.get(code_key(code)) == b"deleted"


def test_a_session_of_before_is_not_deleted() -> None:
    """A record that an older gateway wrote has no such member."""
    text = (
        b'{"type":"session","session_id":"a-b-1-x","code":"a-b-1","source_language":"en","partition":0,"created_at":1,'
    )
    assert not msgspec.json.decode(text + b'"updated_at":1}', type=Session).deleted
