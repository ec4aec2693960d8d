"""Another client goes on with a session: its words are taken whole, whatever the older one still had under way."""

import asyncio
import base64
import time

from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.messages import Audio
from tests.gateway.client import Client, Connect, StartGateway, accepted, created, send_audio
from tests.gateway.publisher import session_id_of
from tests.gateway.records import records
from tests.gateway.stopped_log import stop_log

WORDS = b"\x11\x22" * 1600


async def speak(client: Client, code: str, position: int, frames: int) -> None:
    """Says other words than the older client."""
    for n in range(frames):
        await client.say(
            "sendAudio",
            sessionId=code,
            audioData=base64.b64encode(WORDS).decode(),
            timestamp=round(time.time() * 1000),
            position=position + 1600 * n,
        )


async def words_in_log(kafka: str, session_id: str, until: int) -> int:
    """How often they are there, once all below a position is."""
    found = await records(kafka, "audio", session_id, lambda found: any(each.until >= until for each in found))
    return sum(message.pcm.count(WORDS) for message in found if isinstance(message, Audio))


async def test_a_new_client_s_words_are_not_taken_for_the_older_one_s_that_never_reached_the_log(
    gateway: Gateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    older, newer = await connect(), await connect()
    code, token = await created(older)
    await send_audio(older, code, position=0)
    await accepted(older, 1600)
    log = stop_log(gateway)
    for n in range(1, 11):
        await send_audio(older, code, 1600, 0, position=1600 * n)
    await older.ask("heartbeat")
    resuming = asyncio.create_task(newer.ask("resumeSession", sessionId=code, speakerToken=token))
    assert await older.closed() == 4009
    log.go_on()
    answer = await resuming
    position = answer["position"]
    await speak(newer, code, position, 10)
    await accepted(newer, position + 16_000)
    session_id = await session_id_of(redis, code)
    assert await words_in_log(kafka, session_id, position + 16_000) == 10


async def test_a_speaker_who_resumes_is_refused_while_what_was_said_here_is_stuck(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    """It may be in the log or not: nobody knows where the new words begin."""
    older, newer = await connect(), await connect()
    code, token = await created(older)
    log = stop_log(gateway)
    await send_audio(older, code, position=0)
    await older.ask("heartbeat")
    refused = await newer.ask("resumeSession", sessionId=code, speakerToken=token)
    assert (refused["code"], refused["retryable"]) == ("unavailable", True)
    log.go_on()
    assert (await newer.ask("resumeSession", sessionId=code, speakerToken=token))["position"] == 1600


async def test_a_position_that_was_noted_in_passing_is_not_taken_for_the_end_of_the_audio(
    start_gateway: StartGateway, connect: Connect, redis: Redis
) -> None:
    """A gateway was killed: Redis has the position of up to a second before, and the others note that nobody speaks."""
    one, other = await start_gateway(), await start_gateway()
    client = await connect(one)
    code, token = await created(client)
    await send_audio(client, code, position=0)
    await accepted(client, 1600)
    for n in range(1, 5):
        await send_audio(client, code, 1600, 1600 * n, position=1600 * n)
    await accepted(client, 8000)
    assert other.parts
    sessions, session_id = other.parts.sessions, await session_id_of(redis, code)
    standing = await sessions.standing(session_id)
    assert standing
    await sessions.leave(session_id, standing.session.generation)
    answer = await (await connect(other)).ask("resumeSession", sessionId=code, speakerToken=token)
    assert answer["position"] == 8000
