"""The end of a session whose last words are not in the log yet: nobody may go, and nobody may write it too early."""

import asyncio

import pytest
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import speakers_key
from schemas.messages import Audio
from tests.gateway.client import Connect, StartGateway, accepted, created, eventually, joined, send_audio
from tests.gateway.publisher import session_id_of
from tests.gateway.records import records
from tests.gateway.stopped_log import stop_log

LONG_MS = 3_600_000
"""For so long nobody has seen the speaker."""


async def test_no_other_gateway_writes_the_end_in_front_of_words_that_are_still_on_their_way(
    start_gateway: StartGateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    """Its own connection to Kafka is cut, that of the others is not."""
    one, other = await start_gateway(), await start_gateway()
    assert other.parts
    assert one._upkeep
    assert other._upkeep
    await other._upkeep.stop()  # it looks when the test says so
    other._upkeep._settled_s = 0  # Redis was there for long
    client = await connect(one)
    code, _ = await created(client)
    await send_audio(client, code, position=0)
    await accepted(client, 1600)
    log = stop_log(one)
    for n in range(1, 11):
        await send_audio(client, code, 1600, 1600 * n, position=1600 * n)
    await client.say("endSession", sessionId=code, requestId="bye")
    session_id = await session_id_of(redis, code)
    sessions = other.parts.sessions

    async def ended() -> bool:
        standing = await sessions.standing(session_id)
        return standing is not None and standing.session.state == "ended"

    await eventually(ended)
    for _ in range(3):
        await redis.zincrby(speakers_key(), -LONG_MS, session_id)
        await one._upkeep.look_for_speakers()
        await other._upkeep.look_for_speakers()
    log.go_on()
    assert (await client.until(lambda m: m.get("requestId") == "bye"))["type"] == "sessionEnded"
    found = await records(kafka, "audio", session_id, lambda found: any(_is_end(message) for message in found))
    assert [_is_end(message) for message in found].index(True) == 11


def _is_end(message: object) -> bool:
    return isinstance(message, Audio) and message.kind == "end"


async def test_nobody_is_dismissed_before_the_end_is_in_the_log(
    gateway: Gateway, start_gateway: StartGateway, connect: Connect, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka may be away for longer than anyone waits for last captions."""
    monkeypatch.setattr("gateway.sessions.live.DRAIN_S", 0.3)
    other = await start_gateway()
    client, listener = await connect(), await connect(other)
    code, _ = await created(client)
    await joined(listener, code)
    log = stop_log(gateway)
    await send_audio(client, code, position=0)
    await client.say("endSession", sessionId=code, requestId="bye")
    assert other.parts
    live = other.parts.here.get(await session_id_of(redis, code))

    async def ended() -> bool:
        return live.session.state == "ended"

    await eventually(ended)
    await asyncio.sleep(0.6)  # twice what anyone waits for last captions
    assert (await listener.ask("heartbeat"))["type"] == "heartbeatAck"
    log.go_on()
    assert (await client.until(lambda m: m.get("requestId") == "bye"))["type"] == "sessionEnded"
    assert await listener.closed() == 4010
