"""How fast a socket may be used."""

import asyncio
import json

import pytest_asyncio

from gateway.gateway import Gateway
from tests.gateway.client import Client, Connect, StartGateway, accepted, created, pcm, send_audio

PER_S = 2
BURST = 4
ABUSE = 200
"""Beyond what may come even if this machine is slow."""


@pytest_asyncio.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    """A gateway that takes little at once."""
    return await start_gateway(messages_per_s=PER_S)


async def flood(client: Client, messages: int) -> None:
    """Sends heartbeats as fast as it can, and answers to nothing."""
    for number in range(messages):
        await client.socket.send_str(json.dumps({"action": "heartbeat", "requestId": number}))


async def test_messages_that_come_too_fast_are_refused_with_when_to_send_them_again(connect: Connect) -> None:
    client = await connect()
    await flood(client, BURST + 3)
    refused = await client.until(lambda message: message["type"] == "error")
    assert (refused["code"], refused["retryable"]) == ("rate-limited", True)
    assert 0 < refused["retryAfterMs"] <= 4000
    assert refused["requestId"] >= BURST, "all before it were answered"
    await client.until(lambda message: message.get("requestId") == BURST + 2)
    answer = refused
    while answer["type"] == "error":
        await asyncio.sleep(answer["retryAfterMs"] / 1000)
        answer = await client.ask("heartbeat")
    assert answer["type"] == "heartbeatAck"


async def test_who_never_waits_is_closed(connect: Connect) -> None:
    client, other = await connect(), await connect()
    await flood(client, ABUSE)
    assert await client.closed() == 4029
    assert (await other.ask("heartbeat"))["type"] == "heartbeatAck"


async def test_pings_count_as_messages(connect: Connect) -> None:
    client = await connect()
    for _ in range(ABUSE):
        await client.socket.ping()
    assert await client.closed() == 4029


async def test_a_speakers_audio_has_its_own_measure(connect: Connect) -> None:
    """After an outage a client sends what it kept all at once."""
    speaker = await connect()
    code, _ = await created(speaker)
    for place in range(ABUSE):
        await send_audio(speaker, code, samples=16, first=16 * place)
    await accepted(speaker, ABUSE * 16)
    assert not [message for message in speaker.passed if message["type"] == "error"]


async def test_audio_of_who_is_no_speaker_counts_as_messages(connect: Connect) -> None:
    client = await connect()
    for _ in range(3 * BURST):
        await send_audio(client, "calm-otter-100", samples=1)
    codes = [(await client.of_type("error"))["code"] for _ in range(3 * BURST)]
    assert set(codes) == {"wrong-state", "rate-limited"}


async def test_audio_in_too_many_pieces_is_too_fast_and_the_socket_stays(connect: Connect) -> None:
    """Its speed alone would let a client send millions of single samples."""
    speaker = await connect(binary=True)
    code, _ = await created(speaker)
    piece = bytes(16) + pcm(1)
    for _ in range(90):
        for _ in range(100):
            await speaker.socket.send_bytes(piece)
        await asyncio.sleep(0)
    error = await speaker.of_type("error")
    assert (error["code"], error["position"]) == ("too-fast", 1)
    assert error["retryAfterMs"] > 0
    assert (await speaker.ask("getSessionStatus", sessionId=code))["state"] == "live"
