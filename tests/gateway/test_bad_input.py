"""What clients do wrong: each gets its error, and everything else goes on."""

import base64
import json
import struct
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from gateway.gateway import Gateway
from tests.gateway.client import Client, Connect, accepted, created, joined, pcm, send_audio
from tests.gateway.publisher import Publisher, caption, session_id_of

SECRET_WORD = "hunter2"


async def error_after(client: Client, text: str) -> dict[str, Any]:
    """What a text frame is answered with."""
    await client.socket.send_str(text)
    error = await client.of_type("error")
    assert SECRET_WORD not in json.dumps(error)
    return error


@pytest.mark.parametrize(
    ("text", "code", "names"),
    [
        ("", "bad-message", "JSON"),
        ("garbage hunter2", "bad-message", "JSON"),
        ("[" * 60_000, "bad-message", "JSON"),
        ('["hunter2"]', "bad-message", "object"),
        ("{}", "bad-message", "action"),
        ('{"action": 7}', "bad-message", "action"),
        ('{"action": "hunter2"}', "unknown-action", ""),
        ('{"action": "createSession"}', "bad-message", "sourceLanguage"),
        ('{"action": "createSession", "sourceLanguage": ["hunter2"]}', "bad-message", "sourceLanguage"),
        ('{"action": "createSession", "sourceLanguage": "hunter2!"}', "bad-message", "BCP-47"),
        ('{"action": "createSession", "sourceLanguage": "en", "listeners": "hunter2"}', "bad-message", "listeners"),
        ('{"action": "createSession", "sourceLanguage": "en", "listeners": "pin"}', "bad-message", "pin"),
        ('{"action": "heartbeat", "clientTime": 1e400}', "bad-message", "JSON"),
        ('{"action": "heartbeat", "clientTime": "hunter2"}', "bad-message", "clientTime"),
        ('{"action": "sendAudio", "sessionId": "a-b-100", "audioData": "", "timestamp": 1}', "wrong-state", ""),
        ('{"action": "endSession", "sessionId": "hunter2"}', "wrong-state", ""),
    ],
)
async def test_a_message_that_is_none_gets_an_error_and_the_socket_lives(
    connect: Connect, text: str, code: str, names: str
) -> None:
    client = await connect()
    error = await error_after(client, text)
    assert error["code"] == code
    assert names in error["message"]
    assert (await client.ask("heartbeat", clientTime=5))["clientTime"] == 5


async def test_the_request_id_is_repeated_in_errors_where_it_can_be_read(connect: Connect) -> None:
    client = await connect()
    assert (await client.ask("nonsense"))["code"] == "unknown-action"
    assert (await client.ask("joinSession", sessionId=5))["code"] == "bad-message"
    error = await error_after(client, '{"action": "nonsense", "requestId": {"a": 1}}')
    assert "requestId" not in error


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (base64.b64encode(b"abc").decode(), "odd"),
        ("", "empty"),
        ("not base64 at all!", "base64"),
        (base64.b64encode(pcm(16_001)).decode(), "1 s"),
        ("é", "base64"),
    ],
)
async def test_bad_audio_is_refused_with_the_position_to_send_from(connect: Connect, data: str, says: str) -> None:
    client = await connect()
    code, _ = await created(client)
    await send_audio(client, code)
    error = await client.ask("sendAudio", sessionId=code, audioData=data, timestamp=1)
    assert (error["code"], error["position"]) == ("bad-audio", 1600)
    assert says in error["message"]
    await send_audio(client, code)
    await accepted(client, 3200)


@pytest.mark.parametrize("position", [-1, 1600 + 60 * 16_000 + 1, 2**62])
async def test_a_position_out_of_range_is_bad_audio(connect: Connect, position: int) -> None:
    client = await connect()
    code, _ = await created(client)
    await send_audio(client, code)
    error = await client.ask(
        "sendAudio", sessionId=code, audioData=base64.b64encode(pcm(160)).decode(), timestamp=1, position=position
    )
    assert (error["code"], error["position"]) == ("bad-audio", 1600)


@pytest.mark.parametrize("frame", [b"", b"short", struct.pack(">QQ", 0, 0), struct.pack(">QQ", 0, 0) + b"odd"])
async def test_a_binary_frame_that_is_none_is_bad_audio(connect: Connect, frame: bytes) -> None:
    client = await connect(binary=True)
    await created(client)
    await client.socket.send_bytes(frame)
    error = await client.of_type("error")
    assert (error["code"], error["position"]) == ("bad-audio", 0)


async def test_binary_frames_are_for_speakers_who_asked_for_them(connect: Connect) -> None:
    plain, early, listener = await connect(), await connect(binary=True), await connect(binary=True)
    code, _ = await created(plain)
    await joined(listener, code)
    for client in (plain, early, listener):
        await client.socket.send_bytes(struct.pack(">QQ", 0, 0) + pcm(160))
        assert (await client.of_type("error"))["code"] == "bad-message"


async def test_a_role_is_taken_once_and_holds_its_session(connect: Connect) -> None:
    speaker, listener = await connect(), await connect()
    code, token = await created(speaker)
    other, _ = await created(await connect())
    await joined(listener, code)
    for client in (speaker, listener):
        for answer in (
            await client.ask("createSession", sourceLanguage="en"),
            await client.ask("resumeSession", sessionId=code, speakerToken=token),
            await client.ask("joinSession", sessionId=code, targetLanguage="es"),
        ):
            assert answer["code"] == "wrong-state"
        assert (await client.ask("getSessionStatus", sessionId=other))["code"] == "forbidden"
    assert (await listener.ask("endSession", sessionId=code))["code"] == "forbidden"
    control = await listener.ask("controlBroadcast", sessionId=code, controlAction="pause")
    assert control["code"] == "forbidden"
    assert (await speaker.ask("endSession", sessionId=other))["code"] == "forbidden"
    assert (await speaker.ask("setPlayback", sessionId=code, paused=True))["code"] == "forbidden"
    assert (await speaker.ask("getSessionStatus", sessionId=code))["state"] == "live"


@pytest.mark.parametrize("code", ["", "no-such-100", "calm-otter-100", "x" * 5000, "calm-otter-1\u0000"])
async def test_a_session_that_does_not_exist_is_not_found(connect: Connect, code: str) -> None:
    client = await connect()
    answer = await client.ask("joinSession", sessionId=code, targetLanguage="es")
    assert answer["code"] == "session-not-found"


async def test_a_language_that_cannot_be_had_is_refused_with_those_that_can(connect: Connect) -> None:
    speaker, listener = await connect(), await connect()
    answer = await speaker.ask("createSession", sourceLanguage="ja")
    assert (answer["code"], answer["available"]) == ("language-unavailable", ["en"])
    code, _ = await created(speaker)
    for members in ({"targetLanguage": "ja"}, {"targetLanguage": "es", "captionLanguage": "ja"}):
        answer = await listener.ask("joinSession", sessionId=code, **members)
        assert (answer["code"], answer["available"]) == ("language-unavailable", ["en", "ca", "es", "fr"])
    await joined(listener, code, "es-MX")
    answer = await listener.ask("changeLanguage", sessionId=code, targetLanguage="ja")
    assert answer["code"] == "language-unavailable"


async def test_a_session_that_ended_is_said_to_have_ended(connect: Connect) -> None:
    speaker, listener = await connect(), await connect()
    code, token = await created(speaker)
    await speaker.ask("endSession", sessionId=code)
    assert (await listener.ask("resumeSession", sessionId=code, speakerToken=token))["code"] == "session-ended"
    assert (await joined(listener, code))["state"] == "ended"


async def test_a_pin_lets_in_those_who_know_it(connect: Connect) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker, listeners="pin", pin="4711")
    for wrong in ({}, {"pin": "hunter2"}):
        answer = await listener.ask("joinSession", sessionId=code, targetLanguage="es", **wrong)
        assert answer["code"] == "forbidden"
        assert "4711" not in str(answer)
    await joined(listener, code, pin="4711")


@pytest.mark.parametrize("size", [64 * 1024 + 1, 10 * 1024 * 1024])
async def test_a_message_that_is_too_big_closes_its_socket_and_no_other(
    connect: Connect, redis: Redis, size: int
) -> None:
    speaker, listener, big = await connect(), await connect(), await connect()
    code, _ = await created(speaker)
    await joined(listener, code)
    await big.socket.send_str("x" * size)
    assert await big.closed() == 1009
    await Publisher(redis, f"dragoman:{{{await session_id_of(redis, code)}}}:captions:es").final(0, caption(0, "hola"))
    assert (await listener.of_type("caption"))["text"] == "hola"


async def test_the_largest_message_is_taken(connect: Connect) -> None:
    client = await connect()
    text = json.dumps({"action": "heartbeat", "filler": ""})
    await client.socket.send_str(text.replace('""', '"' + "x" * (64 * 1024 - len(text)) + '"'))
    assert (await client.of_type("heartbeatAck"))["serverTime"] > 0


async def test_text_that_is_not_utf_8_closes_with_1007(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{gateway.url}/ws") as socket:
        await socket.send_frame(b"\xff\xfe{", aiohttp.WSMsgType.TEXT)
        await socket.receive()
        assert socket.close_code == 1007


async def test_abuse_closes_with_4001(connect: Connect) -> None:
    client = await connect()
    for _ in range(100):
        await client.socket.send_str("garbage")
    assert await client.closed() == 4001
    assert sum(message["type"] == "error" for message in client.passed) == 100


async def test_a_plain_request_to_the_socket_is_a_bad_request(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/ws") as response:
        assert response.status == 400
