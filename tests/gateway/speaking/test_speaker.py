"""Speakers against the real gateway, Kafka and Redis."""

import base64
import json
import struct
import time

import jwt
import msgspec
import pytest
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import Capacity, capacity_key, captions_channel, code_key, session_key
from schemas.messages import Audio, Session
from tests.gateway.client import Connect, StartGateway, accepted, created, eventually, joined, pcm, send_audio
from tests.gateway.publisher import Publisher, caption, session_id_of
from tests.gateway.records import records
from tests.gateway.stopped_log import stop_log
from workers.translate.glossaries import RedisGlossaries


async def test_what_is_acknowledged_is_in_the_log_in_order(connect: Connect, kafka: str, redis: Redis) -> None:
    client = await connect()
    code, _ = await created(client)
    for n in range(5):
        await send_audio(client, code, first=n * 1600)
    await accepted(client, 8000)
    found = await records(kafka, "audio", await session_id_of(redis, code))
    frames = [m for m in found if isinstance(m, Audio)]
    assert [m.position for m in frames] == [0, *(m.until for m in frames[:-1])]
    assert b"".join(m.pcm for m in frames) == pcm(8000)


async def test_a_new_session_is_announced_with_what_the_speaker_said(
    connect: Connect, kafka: str, redis: Redis
) -> None:
    client = await connect()
    answer = await client.ask(
        "createSession", sourceLanguage="EN-us", title="Hello", glossary={"cat": {"es": "gato"}}, vocabulary=["cat"]
    )
    assert answer["type"] == "sessionCreated"
    assert answer["position"] == 0
    assert answer["sampleRate"] == 16_000
    assert answer["joinUrl"].endswith(f"/listen/{answer['sessionId']}")
    session_id = await session_id_of(redis, answer["sessionId"])
    (session,) = await records(kafka, "sessions", session_id, bool)
    assert isinstance(session, Session)
    assert (session.source_language, session.title, session.state) == ("en", "Hello", "live")
    assert session.glossary == {"cat": {"es": "gato"}}
    terms = await RedisGlossaries(redis).of(session_id)
    assert terms.into("es").spans("a cat") == [(2, 5, "gato")], "what translate asks for"


async def test_binary_frames_carry_position_and_capture_time(connect: Connect, kafka: str, redis: Redis) -> None:
    client = await connect(binary=True)
    code, _ = await created(client)
    now = round(time.time() * 1000)
    await client.socket.send_bytes(struct.pack(">QQ", 0, now - 100) + pcm(1600))
    await accepted(client, 1600)
    (frame,) = await records(kafka, "audio", await session_id_of(redis, code))
    assert isinstance(frame, Audio)
    assert frame.pcm == pcm(1600)
    assert now - 200 <= frame.captured_at <= round(time.time() * 1000)


async def test_pause_finishes_the_utterance_and_refuses_audio(connect: Connect, kafka: str, redis: Redis) -> None:
    client = await connect()
    code, _ = await created(client)
    await send_audio(client, code)
    assert (await client.ask("controlBroadcast", sessionId=code, controlAction="pause"))["type"] == "broadcastPaused"
    await send_audio(client, code)
    assert (await client.of_type("error"))["code"] == "wrong-state"
    again = await client.ask("controlBroadcast", sessionId=code, controlAction="pause")
    assert again["type"] == "broadcastPaused"
    assert (await client.ask("controlBroadcast", sessionId=code, controlAction="resume"))["type"] == "broadcastResumed"
    await send_audio(client, code)
    await accepted(client, 3200)
    found = await records(kafka, "audio", await session_id_of(redis, code))
    assert [(m.kind, m.position) for m in found if isinstance(m, Audio)] == [
        ("frame", 0),
        ("pause", 1600),
        ("frame", 1600),
    ]


async def test_a_control_message_is_answered_when_redis_has_the_state_whatever_kafka_does(
    gateway: Gateway, connect: Connect, kafka: str, redis: Redis
) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker)
    await joined(listener, code, audio=False)
    await send_audio(speaker, code)
    await accepted(speaker, 1600)
    log = stop_log(gateway)
    session_id = await session_id_of(redis, code)
    for action, answer, state in (
        ("pause", "broadcastPaused", "paused"),
        ("resume", "broadcastResumed", "live"),
        ("mute", "broadcastMuted", "muted"),
        ("unmute", "broadcastUnmuted", "live"),
    ):
        assert (await speaker.ask("controlBroadcast", sessionId=code, controlAction=action))["type"] == answer
        assert (await redis.hget(session_key(session_id), "state")).decode() == state
        assert (await listener.of_type("speakerState"))["state"] == state
    log.go_on()
    found = await records(kafka, "audio", session_id, lambda found: len(found) >= 3)
    assert [(m.kind, m.position) for m in found if isinstance(m, Audio)] == [
        ("frame", 0),
        ("pause", 1600),
        ("mute", 1600),
    ]


async def test_mute_writes_silence_and_the_position_runs_on(connect: Connect, kafka: str, redis: Redis) -> None:
    client = await connect()
    code, _ = await created(client)
    await client.ask("controlBroadcast", sessionId=code, controlAction="mute")
    await send_audio(client, code, first=7)
    await accepted(client, 1600)  # what waits together would be one record
    await client.ask("controlBroadcast", sessionId=code, controlAction="unmute")
    await send_audio(client, code, first=7)
    await accepted(client, 3200)
    found = await records(kafka, "audio", await session_id_of(redis, code))
    assert [(m.kind, m.position) for m in found if isinstance(m, Audio)] == [
        ("mute", 0),
        ("frame", 0),
        ("frame", 1600),
    ]
    assert [m.pcm for m in found if isinstance(m, Audio)][1:] == [bytes(3200), pcm(1600, 7)]


async def test_a_mute_below_a_pause_is_remembered(connect: Connect) -> None:
    client = await connect()
    code, _ = await created(client)
    for action in ("mute", "pause", "resume"):
        await client.ask("controlBroadcast", sessionId=code, controlAction=action)
    status = await client.ask("getSessionStatus", sessionId=code)
    assert (status["state"], status["muted"], status["paused"]) == ("muted", True, False)


async def test_the_end_is_durable_before_it_is_answered(connect: Connect, kafka: str, redis: Redis) -> None:
    client = await connect()
    code, _ = await created(client)
    await send_audio(client, code)
    assert (await client.ask("endSession", sessionId=code))["type"] == "sessionEnded"
    session_id = await session_id_of(redis, code)
    found = await records(kafka, "audio", session_id)
    assert [(m.kind, m.position) for m in found if isinstance(m, Audio)] == [("frame", 0), ("end", 1600)]
    states = [m.state for m in await records(kafka, "sessions", session_id) if isinstance(m, Session)]
    assert states == ["live", "ended"]
    assert any(m["type"] == "audioAccepted" and m["position"] == 1600 for m in client.passed)
    await send_audio(client, code)
    assert (await client.of_type("error"))["code"] == "session-ended"
    assert (await client.ask("endSession", sessionId=code))["type"] == "sessionEnded"


async def test_a_speaker_resumes_elsewhere_and_the_older_socket_is_replaced(
    connect: Connect, start_gateway: StartGateway, kafka: str, redis: Redis
) -> None:
    first = await connect()
    code, token = await created(first)
    await send_audio(first, code)
    await accepted(first, 1600)
    second = await connect(await start_gateway())
    answer = await second.ask("resumeSession", sessionId=code.upper().replace("-", " "), speakerToken=token)
    assert answer["type"] == "sessionResumed"
    assert answer["position"] <= 1600
    assert await first.closed() == 4009
    await send_audio(second, code)
    error = await second.of_type("error")
    assert (error["code"], error["position"]) == ("bad-audio", answer["position"])
    for position in range(answer["position"], 4800, 1600):
        await send_audio(second, code, first=position, position=position)
    await accepted(second, 4800)
    found = await records(kafka, "audio", await session_id_of(redis, code))
    frames = [m for m in found if isinstance(m, Audio)]
    assert all(m.pcm == pcm(len(m.pcm) // 2, m.position) for m in frames)
    assert {sample for m in frames for sample in range(m.position, m.until)} == set(range(4800))


@pytest.mark.parametrize("forgotten", [True, False])
async def test_the_position_of_a_resume_elsewhere_is_that_of_the_log(
    connect: Connect, start_gateway: StartGateway, redis: Redis, forgotten: bool
) -> None:
    """Redis noted it a second ago, or does not know the session at all: a fast speaker may be far beyond."""
    first = await connect()
    code, token = await created(first)
    for position in range(0, 100 * 16_000, 16_000):
        await send_audio(first, code, 16_000, position, position=position)
    await accepted(first, 100 * 16_000)
    key = session_key(await session_id_of(redis, code))
    if forgotten:
        await redis.delete(key)
        await redis.delete(code_key(code))
    else:
        await redis.hset(key, "position", 1600)
    second = await connect(await start_gateway())
    answer = await second.ask("resumeSession", sessionId=code, speakerToken=token)
    assert (answer["type"], answer["position"]) == ("sessionResumed", 100 * 16_000)


async def test_a_speaker_who_resumes_here_is_told_the_exact_position(connect: Connect) -> None:
    first = await connect()
    code, token = await created(first)
    await send_audio(first, code)
    await accepted(first, 1600)
    await first.socket.close()
    second = await connect()
    answer = await second.ask("resumeSession", sessionId=code, speakerToken=token)
    assert (answer["position"], answer["state"]) == (1600, "live")


async def test_an_older_generation_can_change_nothing(
    connect: Connect, start_gateway: StartGateway, redis: Redis
) -> None:
    """Even when the message that replaces it is lost: Redis decides."""
    first, listener = await connect(), await connect()
    code, _ = await created(first)
    session_id = await session_id_of(redis, code)
    await redis.hincrby("dragoman:{" + session_id + "}:session", "generation", 1)
    await first.say("endSession", sessionId=code)
    assert await first.closed() == 4009
    assert (await listener.ask("joinSession", sessionId=code, targetLanguage="es"))["state"] != "ended"


@pytest.mark.parametrize("forged", ["", "a.b.c", "other-secret", "none", "other-session"])
async def test_a_token_that_is_not_ours_opens_nothing(connect: Connect, forged: str) -> None:
    client, thief = await connect(), await connect()
    code, token = await created(client)
    other, _ = await created(await connect())
    claims = jwt.decode(token, options={"verify_signature": False}, audience="dragoman-speaker")
    tokens = {
        "other-secret": jwt.encode(claims, "another secret of at least 32 bytes", algorithm="HS256"),
        "none": jwt.encode(claims, "", algorithm="none"),
        "other-session": token,
    }
    told = other if forged == "other-session" else code
    answer = await thief.ask("resumeSession", sessionId=told, speakerToken=tokens.get(forged, forged))
    assert answer["code"] == "unauthorized"
    assert token not in str(thief.passed)
    assert (await client.ask("heartbeat"))["type"] == "heartbeatAck"


async def test_overlaps_are_trimmed_and_gaps_are_kept(connect: Connect, kafka: str, redis: Redis) -> None:
    client = await connect()
    code, _ = await created(client)
    await send_audio(client, code, position=0)
    await accepted(client, 1600)  # what waits together would be one record
    await send_audio(client, code, first=800, position=800)
    await accepted(client, 2400)
    await send_audio(client, code, first=0, position=0)
    await send_audio(client, code, first=16_000, position=16_000)
    await accepted(client, 17_600)
    found = await records(kafka, "audio", await session_id_of(redis, code))
    assert [(m.position, m.until) for m in found if isinstance(m, Audio)] == [
        (0, 1600),
        (1600, 2400),
        (16_000, 17_600),
    ]
    assert [m.pcm for m in found if isinstance(m, Audio)][1] == pcm(800, 1600)


async def test_too_fast_is_refused_with_the_position_and_the_socket_lives(connect: Connect) -> None:
    client = await connect(binary=True)
    await created(client)
    second = pcm(16_000)
    for n in range(125):
        await client.socket.send_bytes(struct.pack(">QQ", n * 16_000, 0) + second)
    error = await client.of_type("error")
    assert error["code"] == "too-fast"
    assert error["retryable"] is True
    assert error["position"] % 16_000 == 0
    assert error["position"] >= 120 * 16_000
    assert 0 < error["retryAfterMs"] < 1000
    assert (await client.ask("heartbeat"))["type"] == "heartbeatAck"
    await accepted(client, 120 * 16_000)


async def test_a_session_whose_speaker_stays_away_is_ended(
    start_gateway: StartGateway, connect: Connect, kafka: str, redis: Redis
) -> None:
    gateway = await start_gateway(grace_s=0.6)
    client, listener = await connect(gateway), await connect(gateway)
    code, _ = await created(client)
    await send_audio(client, code)
    await accepted(client, 1600)
    await listener.ask("joinSession", sessionId=code, targetLanguage="en", captions=False)
    await client.socket.close()
    assert (await listener.of_type("speakerState"))["state"] == "away"
    await listener.of_type("sessionEnded")
    assert await listener.closed() == 4010
    found = await records(kafka, "audio", await session_id_of(redis, code))
    assert [(m.kind, m.position) for m in found if isinstance(m, Audio)] == [("frame", 0), ("end", 1600)]


async def test_audio_in_base64_may_use_the_old_name(connect: Connect) -> None:
    client = await connect()
    code, _ = await created(client)
    data = base64.b64encode(pcm(160)).decode()
    await client.say("audioChunk", sessionId=code, audioData=data, timestamp=1, somethingNew=[1, {}])
    await accepted(client, 160)


async def test_a_speaker_learns_what_was_skipped_also_without_own_captions(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    client = await connect()
    code, _ = await created(client)
    session_id = await session_id_of(redis, code)
    floor = captions_channel(session_id, "en")

    async def follows() -> bool:
        speaker = gateway.parts.here.get(session_id).speaker if gateway.parts else None
        return speaker is not None and speaker.floor._watched is not None

    await eventually(follows)
    skipped = json.loads(caption(0, "", language="en")) | {"outcome": "skipped", "reason": "jump", "endMs": 9001}
    await Publisher(redis, floor).final(0, json.dumps(skipped).encode())
    warning = await client.of_type("warning")
    assert (warning["code"], warning["figures"]["skippedMs"]) == ("falling-behind", 9001)
    assert not any(message["type"] == "caption" for message in client.passed)


async def test_a_session_is_refused_while_no_recogniser_is_free(connect: Connect, redis: Redis) -> None:
    """Only what the workers said lately counts."""
    client = await connect()
    now = (await redis.time())[0] * 1000
    rows = {
        "a": Capacity(until=now + 60_000, taken=2, most=2),
        "b": Capacity(until=now - 1, taken=0, most=2),
    }
    await redis.hset(capacity_key(), mapping={name: msgspec.json.encode(row) for name, row in rows.items()})
    try:
        error = await client.ask("createSession", sourceLanguage="en")
        assert (error["code"], error["retryable"]) == ("at-capacity", True)
        await redis.hset(capacity_key(), "a", msgspec.json.encode(Capacity(until=now + 60_000, taken=1, most=2)))
        await created(client)
    finally:
        await redis.delete(capacity_key())
