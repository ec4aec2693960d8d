"""The speaker learns who listens, at once and not by the upkeep; what a player that stands still changes."""

import asyncio
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from schemas.channels import Lease, audience_key
from tests.gateway.client import Client, Connect, StartGateway, created, eventually, joined
from tests.gateway.publisher import session_id_of


@pytest.fixture(autouse=True)
def no_upkeep(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the upkeep would find out every 5 s must be told without it."""
    monkeypatch.setattr("gateway.upkeep.RENEW_S", 3600)


async def told(speaker: Client, **wanted: Any) -> dict[str, Any]:
    """The next listenersChanged with these members."""
    return await speaker.until(lambda m: m["type"] == "listenersChanged" and wanted.items() <= m.items())


async def test_the_speaker_is_told_of_every_change_on_every_gateway(
    start_gateway: StartGateway, connect: Connect
) -> None:
    here, there = await start_gateway(), await start_gateway()
    speaker, one, other = await connect(here), await connect(here), await connect(there)
    code, _ = await created(speaker)
    await joined(one, code)
    await told(speaker, listeners=1, byLanguage={"es": {"captions": 1, "audio": 1, "both": 1}})
    await joined(other, code, "ca", audio=False)
    both = {"ca": {"captions": 1, "audio": 0}, "es": {"captions": 1, "audio": 1, "both": 1}}
    await told(speaker, listeners=2, byLanguage=both, paused=0)
    await other.ask("changeLanguage", sessionId=code, targetLanguage="en")
    await told(speaker, byLanguage={"en": {"captions": 1, "audio": 0}, "es": {"captions": 1, "audio": 1, "both": 1}})
    await other.ask("setPlayback", sessionId=code, paused=True)
    await told(speaker, listeners=2, paused=1)
    await other.socket.close()
    await told(speaker, listeners=1, paused=0)
    await one.socket.close()
    await told(speaker, listeners=0, byLanguage={}, paused=0)


async def test_the_speaker_is_told_which_languages_that_are_not_offered_are_wished_for(
    start_gateway: StartGateway, connect: Connect
) -> None:
    here, there = await start_gateway(), await start_gateway()
    speaker, one, other = await connect(here), await connect(here), await connect(there)
    code, _ = await created(speaker)
    await joined(one, code, wished="PL")
    await joined(other, code, wished="fr-CA")  # which `fr` serves
    await told(speaker, listeners=2, wished={"pl": 1})
    answer = await other.ask("changeLanguage", sessionId=code, wished="pl")
    assert (answer["type"], answer["captions"]["recovered"]) == ("languageChanged", True)
    await told(speaker, listeners=2, wished={"pl": 2})
    assert (await speaker.ask("getSessionStatus", sessionId=code))["wished"] == {"pl": 2}
    assert (await other.ask("changeLanguage", sessionId=code, wished="a b"))["code"] == "bad-message"
    await other.ask("changeLanguage", sessionId=code, wished="")
    await told(speaker, listeners=2, wished={"pl": 1})
    await one.socket.close()
    await told(speaker, listeners=1, wished={})


async def test_a_speaker_who_comes_back_elsewhere_is_told_who_listens(
    start_gateway: StartGateway, connect: Connect
) -> None:
    here, there = await start_gateway(), await start_gateway()
    speaker, listener, again = await connect(here), await connect(here), await connect(there)
    code, token = await created(speaker)
    await joined(listener, code)
    await again.ask("resumeSession", sessionId=code, speakerToken=token)
    await told(again, listeners=1)


async def test_a_crowd_is_told_of_a_few_times_and_in_the_end_whole(
    start_gateway: StartGateway, connect: Connect
) -> None:
    gateway = await start_gateway()
    speaker = await connect(gateway)
    code, _ = await created(speaker)
    await told(speaker, listeners=0)
    await asyncio.gather(*[joined(await connect(gateway), code) for _ in range(20)])
    await told(speaker, listeners=20)
    assert len([message for message in speaker.passed if message["type"] == "listenersChanged"]) <= 10


async def test_a_player_that_stands_still_for_long_asks_for_no_speech_until_it_goes_on(
    start_gateway: StartGateway, connect: Connect, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.listening.listener.ASLEEP_S", 0.3)
    gateway = await start_gateway()
    speaker, listener = await connect(gateway), await connect(gateway)
    code, _ = await created(speaker)
    session_id = await session_id_of(redis, code)
    await joined(listener, code)

    async def lease() -> Lease:
        (row,) = await redis.hvals(audience_key(session_id))
        return msgspec.json.decode(row, type=Lease)

    async def asleep() -> bool:
        return (await lease()).speech == {}

    answer = await listener.ask("setPlayback", sessionId=code, paused=True)
    assert (answer["type"], answer["sessionId"], answer["paused"]) == ("playbackChanged", code, True)
    await eventually(asleep)
    now = await lease()
    assert (now.captions, now.paused, now.listeners) == ({"es": 1}, 1, 1)
    await told(speaker, paused=1, byLanguage={"es": {"captions": 1, "audio": 0}})
    assert (await listener.ask("setPlayback", sessionId=code, paused=False))["paused"] is False
    now = await lease()
    assert (now.speech, now.paused) == ({"es": {"ogg-opus": 1}}, 0)
    await told(speaker, paused=0, byLanguage={"es": {"captions": 1, "audio": 1, "both": 1}})


async def test_a_player_that_goes_on_in_time_never_stops_asking(
    start_gateway: StartGateway, connect: Connect, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.listening.listener.ASLEEP_S", 0.4)
    gateway = await start_gateway()
    speaker, listener, other = await connect(gateway), await connect(gateway), await connect(gateway)
    code, _ = await created(speaker)
    await joined(listener, code)
    await joined(other, code, "ca")
    await listener.ask("setPlayback", sessionId=code, paused=True)
    await listener.ask("setPlayback", sessionId=code, paused=False)
    await other.ask("setPlayback", sessionId=code, paused=True)  # falls asleep later than the first would have
    status = await told(
        speaker, byLanguage={"ca": {"captions": 1, "audio": 0}, "es": {"captions": 1, "audio": 1, "both": 1}}
    )
    assert status["paused"] == 1
