"""Credentials that expire on long sockets."""

import asyncio
import time
from pathlib import Path

import aiohttp
from redis.asyncio import Redis

import dragoman.samples
from dragoman.client.pace import Pace, of_bytes, speak
from dragoman.client.speaker import Speaker
from dragoman.client.wav import read_wav
from gateway.gateway import Gateway
from schemas.messages import Audio
from tests.gateway.access.conftest import Offer, ticket_of
from tests.gateway.client import accepted, created, joined, send_audio
from tests.gateway.publisher import session_id_of
from tests.gateway.reader import Readers
from tests.gateway.records import records
from tests.issuer import Issuer

SAMPLES = Path(dragoman.samples.__file__).parent
SPEAKER = {"roles": ["speaker"]}


def short(issuer: Issuer) -> str:
    """A speaker's token that soon expires."""
    return issuer.token(realm=SPEAKER, exp=time.time() + 1)


async def test_a_speaker_whose_credential_expires_comes_back_with_a_new_one_and_loses_nothing(
    closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    client = await offer(closed, await ticket_of(closed, short(issuer)))
    code, speaker_token = await created(client)
    await send_audio(client, code, 16_000)
    await accepted(client, 16_000)
    error = await client.of_type("error")
    assert (error["code"], error["retryable"]) == ("unauthorized", False)
    assert await client.closed() == 4003

    again = await offer(closed, await ticket_of(closed, issuer.token(realm=SPEAKER)))
    resumed = await again.ask("resumeSession", sessionId=code, speakerToken=speaker_token)
    assert (resumed["position"], resumed["state"]) == (16_000, "live")
    await send_audio(again, code, 16_000, 16_000, position=16_000)
    await accepted(again, 32_000)
    assert (await again.ask("endSession", sessionId=code))["type"] == "sessionEnded"


async def test_audio_on_its_way_at_the_expiry_is_acknowledged_or_asked_for_again(
    closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    client = await offer(closed)
    code, speaker_token = await created(client, token=short(issuer))
    sent = 0
    while not client.socket.closed:
        await send_audio(client, code, 1600, sent)
        sent += 1600
        await asyncio.sleep(0.02)
        if sent >= 1600 * 60:
            await client.closed()
    await client.closed()
    assert client.socket.close_code == 4003
    acknowledged = max((m["position"] for m in client.passed if m["type"] == "audioAccepted"), default=0)
    again = await offer(closed)
    members = {"sessionId": code, "speakerToken": speaker_token, "token": issuer.token(realm=SPEAKER)}
    resumed = await again.ask("resumeSession", **members)
    assert acknowledged <= resumed["position"] <= sent
    await send_audio(again, code, 1600, resumed["position"], position=resumed["position"])
    await accepted(again, resumed["position"] + 1600)


async def test_a_listener_who_had_to_sign_in_is_closed_when_that_expires(
    closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    code, _ = await created(await offer(closed), token=issuer.token(realm=SPEAKER), listeners="signed-in")
    listener = await offer(closed)
    await joined(listener, code, token=short(issuer))
    assert await listener.closed() == 4003
    assert listener.passed[-1]["code"] == "unauthorized"


async def test_a_stream_of_who_had_to_sign_in_ends_when_that_expires(
    closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    code, _ = await created(await offer(closed), token=issuer.token(realm=SPEAKER), listeners="signed-in")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {short(issuer)}"}) as http:
        readers = Readers(http, closed)
        reader = await readers.read(code)
        await reader.ended()
        assert (reader.passed[-1]["type"], reader.passed[-1]["code"]) == ("error", "unauthorized")
        assert (await readers.ask(code, after=reader.last_event_id)).status == 401


async def test_a_guest_is_not_closed_when_a_credential_expires_that_nobody_asked_for(
    closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    code, _ = await created(await offer(closed), token=issuer.token(realm=SPEAKER))
    listener = await offer(closed)
    signed_in = await offer(closed)
    await joined(listener, code, token=short(issuer))
    other, _ = await created(await offer(closed), token=issuer.token(realm=SPEAKER), listeners="signed-in")
    await joined(signed_in, other, token=short(issuer))
    assert await signed_in.closed() == 4003  # its credential was the later one
    assert (await listener.ask("getSessionStatus", sessionId=code))["type"] == "sessionStatus"


async def test_a_talk_that_outlives_its_tokens_is_in_the_log_to_the_sample(
    closed: Gateway, issuer: Issuer, redis: Redis, kafka: str
) -> None:
    """Real speech, in real time, by the project's own client, whose token lives for a second."""
    speech = read_wav(SAMPLES / "goforward.wav")
    shown: list[str] = []

    def token() -> str:
        shown.append(short(issuer))
        return shown[-1]

    async with Speaker.create(closed.url, "en", credential=token) as speaker:
        await speak(speaker, of_bytes(speech), Pace(fast=False))
        await speaker.delivered()
        session_id = await session_id_of(redis, speaker.code)
        assert speaker.reconnects == len(shown) - 1 > 0
    heard = await records(kafka, "audio", session_id, lambda found: any(m.until >= len(speech) // 2 for m in found))
    frames = [record for record in heard if isinstance(record, Audio) and record.pcm]
    assert [frame.position for frame in frames] == [0, *(frame.until for frame in frames[:-1])]
    assert b"".join(frame.pcm for frame in frames) == speech


async def test_a_guest_is_not_closed_for_a_credential_that_did_not_open_the_socket(
    closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    code, _ = await created(await offer(closed), token=issuer.token(realm=SPEAKER))
    guest, other = await offer(closed), await offer(closed)
    assert (await guest.ask("createSession", sourceLanguage="xx", token=short(issuer)))["type"] == "error"
    await joined(guest, code)
    await created(other, token=short(issuer))
    assert await other.closed() == 4003
    assert (await guest.ask("getSessionStatus", sessionId=code))["type"] == "sessionStatus"
