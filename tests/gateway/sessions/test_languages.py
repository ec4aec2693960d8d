"""Sessions whose language is to be found out, or changes while somebody listens."""

from typing import Any

import aiohttp
import msgspec
import pytest_asyncio
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel, session_key
from schemas.languages import Abilities, abilities_key
from schemas.messages import Audio, Session
from tests.gateway.client import Client, Connect, StartGateway, accepted, created, joined, send_audio
from tests.gateway.found_out import followed, found_out, hear_more
from tests.gateway.publisher import Publisher, caption, session_id_of
from tests.gateway.records import records


@pytest_asyncio.fixture(autouse=True)
async def abilities(redis: Redis) -> None:
    await hear_more(redis)


def languages(message: dict[str, Any]) -> list[str]:
    return [each["language"] for each in message["languages"]]


async def test_a_language_that_is_to_be_found_out_is_auto_until_it_is(connect: Connect, redis: Redis) -> None:
    speaker = await connect()
    answer = await speaker.ask("createSession", sourceLanguage="AUTO")
    assert (answer["sourceLanguage"], answer["ignored"]) == ("auto", [])
    code = answer["sessionId"]
    listener = await connect()
    answer = await joined(listener, code, "ca")
    assert (answer["sourceLanguage"], answer["detected"]) == ("auto", False)
    assert languages(answer) == ["auto", "ca", "en", "es", "fr"]
    await found_out(redis, code, "es")
    for client in (speaker, listener):
        told = await client.of_type("sourceLanguageChanged")
        assert (told["sourceLanguage"], told["detected"]) == ("es", True)
        assert languages(told) == ["es", "ca", "en"]
    status = await speaker.ask("getSessionStatus", sessionId=code)
    assert (status["sourceLanguage"], status["detected"]) == ("es", True)
    assert (await joined(await connect(), code, "es"))["sourceLanguage"] == "es"


async def test_frames_bear_what_was_found_out_and_where_that_was_asked_for(
    connect: Connect, redis: Redis, kafka: str
) -> None:
    speaker = await connect()
    code, _ = await created(speaker, sourceLanguage="auto")
    await send_audio(speaker, code)
    await accepted(speaker, 1_600)
    await found_out(redis, code, "es")
    await speaker.of_type("sourceLanguageChanged")
    await send_audio(speaker, code, first=1_600)
    await accepted(speaker, 3_200)
    answer = await speaker.ask("changeSourceLanguage", sessionId=code, sourceLanguage="en")
    assert (answer["type"], answer["sourceLanguage"], answer["detected"]) == ("sourceLanguageChanged", "en", False)
    await send_audio(speaker, code, first=3_200)
    await speaker.ask("endSession", sessionId=code)
    session_id = await session_id_of(redis, code)
    frames = [m for m in await records(kafka, "audio", session_id) if isinstance(m, Audio)]
    assert [(each.kind, each.language, each.since) for each in frames] == [
        ("frame", "auto", 0),
        ("frame", "es", 0),
        ("frame", "en", 3_200),
        ("end", "en", 3_200),
    ]
    sessions = [m for m in await records(kafka, "sessions", session_id) if isinstance(m, Session)]
    assert [(each.source_language, each.detected) for each in sessions] == [
        ("auto", False), ("es", True), ("en", False), ("en", False),
    ]  # fmt: skip


async def test_what_was_found_out_outlives_a_redis_that_forgot_and_the_gateway(
    connect: Connect, redis: Redis, start_gateway: StartGateway
) -> None:
    speaker = await connect()
    code, token = await created(speaker, sourceLanguage="auto")
    await found_out(redis, code, "es")
    await speaker.of_type("sourceLanguageChanged")
    session_id = await session_id_of(redis, code)
    await redis.hdel(session_key(session_id), "detected")  # type: ignore[misc]
    assert (await speaker.ask("getSessionStatus", sessionId=code))["sourceLanguage"] == "es"
    other = await connect(await start_gateway())
    answer = await other.ask("resumeSession", sessionId=code, speakerToken=token)
    assert answer["type"] == "sessionResumed"
    await redis.hset(session_key(session_id), "detected", "es 16000")  # type: ignore[misc]
    third = await connect(await start_gateway())
    answer = await third.ask("resumeSession", sessionId=code, speakerToken=token)
    assert (answer["sourceLanguage"], answer["detected"]) == ("es", True)


async def test_a_listener_of_what_is_found_out_reads_what_is_said_and_needs_no_voice(
    connect: Connect, redis: Redis
) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker, sourceLanguage="auto")
    answer = await joined(listener, code, "es")
    assert answer["speech"]["language"] == answer["captions"]["language"] == "es"
    session_id = await session_id_of(redis, code)
    said = Publisher(redis, captions_channel(session_id, "es"))
    await said.final(0, caption(0, "Hola."))
    await found_out(redis, code, "es")
    changed = await listener.of_type("languageChanged")
    assert changed["speech"] is None
    assert changed["captions"] == {"language": "es", "id": "0-1", "recovered": True, "revisions": "0-0"}
    await said.final(16_000, caption(16_000, "Buenos días."))
    await eventually_read(listener, ["Hola.", "Buenos días."])


async def test_a_listener_hears_a_voice_from_when_the_speaker_changes_to_another_language(connect: Connect) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker, sourceLanguage="en")
    assert (await joined(listener, code, "en"))["speech"] is None
    await speaker.ask("changeSourceLanguage", sessionId=code, sourceLanguage="es")
    told = await listener.of_type("sourceLanguageChanged")
    assert (told["sourceLanguage"], told["detected"], languages(told)) == ("es", False, ["es", "ca", "en"])
    assert (await listener.of_type("languageChanged"))["speech"]["language"] == "en"


async def test_a_listener_whose_language_cannot_be_had_any_more_is_told_what_can(connect: Connect) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker, sourceLanguage="en")
    await joined(listener, code, "fr")
    await speaker.ask("changeSourceLanguage", sessionId=code, sourceLanguage="es")
    assert languages(await listener.of_type("sourceLanguageChanged")) == ["es", "ca", "en"]
    assert (await listener.ask("changeLanguage", sessionId=code, targetLanguage="ca"))["type"] == "languageChanged"


async def test_a_speaker_reads_the_captions_of_what_is_found_out_from_the_beginning(
    connect: Connect, redis: Redis
) -> None:
    speaker = await connect()
    code, _ = await created(speaker, sourceLanguage="auto", captions=True)
    said = Publisher(redis, captions_channel(await session_id_of(redis, code), "es"))
    await said.final(0, caption(0, "Hola."))
    await found_out(redis, code, "es")
    await eventually_read(speaker, ["Hola."])
    await said.final(16_000, caption(16_000, "Buenos días."))
    await eventually_read(speaker, ["Hola.", "Buenos días."])


async def test_a_speaker_who_changes_reads_the_last_words_before_and_then_the_other_language(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    speaker = await connect()
    code, _ = await created(speaker, captions=True)
    session_id = await session_id_of(redis, code)
    english, spanish = (Publisher(redis, captions_channel(session_id, tag)) for tag in ("en", "es"))
    await spanish.final(0, caption(0, "a translation"))
    await send_audio(speaker, code, samples=16_000)
    await accepted(speaker, 16_000)
    await speaker.ask("changeSourceLanguage", sessionId=code, sourceLanguage="es")
    await english.final(0, caption(0, "last words", language="en"))
    await eventually_read(speaker, ["last words"])
    await followed(gateway, session_id, "es")
    await spanish.final(16_000, caption(16_000, "primeras palabras", startMs=1_000, endMs=2_000))
    await eventually_read(speaker, ["last words", "primeras palabras"])


async def test_what_cannot_be_spoken_is_refused(connect: Connect, redis: Redis) -> None:
    speaker = await connect()
    code, _ = await created(speaker)
    for language in ("tlh", "not a tag"):
        answer = await speaker.ask("changeSourceLanguage", sessionId=code, sourceLanguage=language)
        assert answer["type"] == "error"
    await redis.set(abilities_key("transcribe"), msgspec.json.encode(Abilities(languages={"en": []})))
    answer = await speaker.ask("changeSourceLanguage", sessionId=code, sourceLanguage="auto")
    assert (answer["code"], answer["available"]) == ("language-unavailable", ["en"])
    listener = await connect()
    await joined(listener, code)
    answer = await listener.ask("changeSourceLanguage", sessionId=code, sourceLanguage="en")
    assert answer["code"] == "forbidden"


async def test_whoever_listens_to_auto_reads_what_is_spoken_whatever_that_is(connect: Connect, redis: Redis) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker, sourceLanguage="auto")
    answer = await joined(listener, code, "auto")
    assert (answer["captions"]["language"], answer["speech"]) == ("und", None)
    said = Publisher(redis, captions_channel(await session_id_of(redis, code), "es"))
    await said.final(0, caption(0, "Hola."))
    await found_out(redis, code, "es")
    changed = await listener.of_type("languageChanged")
    assert changed["captions"]["language"] == "es"
    await eventually_read(listener, ["Hola."])
    await speaker.ask("changeSourceLanguage", sessionId=code, sourceLanguage="en")
    assert (await listener.of_type("languageChanged"))["captions"]["language"] == "en"


async def test_a_speaker_is_warned_of_another_language_and_no_listener_is(
    gateway: Gateway, connect: Connect, redis: Redis
) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker)
    await joined(listener, code, "en")
    channel = captions_channel(await session_id_of(redis, code), "en")
    session_id = await session_id_of(redis, code)
    await followed(gateway, session_id, "en")
    said = Publisher(redis, channel)
    for n in range(4):
        times = {"startMs": n * 6_000, "endMs": n * 6_000 + 6_000}
        await said.final(n * 96_000, caption(n * 96_000, "hola", language="en", heardLanguage="es", **times))
    warning = await speaker.of_type("warning")
    assert (warning["code"], warning["language"], warning["figures"]) == ("other-language", "es", {"heardMs": 24_000})
    await eventually_read(listener, ["hola"] * 4)
    assert not [message for message in listener.passed if message["type"] == "warning"]


async def test_vocabulary_is_said_to_be_ignored(connect: Connect) -> None:
    answer = await (await connect()).ask("createSession", sourceLanguage="en", vocabulary=["Dragoman"])
    assert answer["ignored"] == ["vocabulary"]


async def test_languages_are_listed_with_their_engines(gateway: Gateway, redis: Redis) -> None:
    engines = {
        "transcribe": {"*": {"en": "whisper", "es": "whisper"}},
        "translate": {"en": {"es": "firefox", "fr": "apertium"}},
        "synthesize": {"*": {"es": "pico"}},
    }
    for stage, named in engines.items():
        known = msgspec.json.decode(await redis.get(abilities_key(stage)), type=Abilities)
        await redis.set(abilities_key(stage), msgspec.json.encode(msgspec.structs.replace(known, engines=named)))
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/api/languages") as response:
        found = await response.json()
    assert found["detect"] is True
    assert list(found["sourceLanguages"]) == ["en", "es", "sw"]
    rows = [(e["language"], e.get("captionsEngine"), e.get("speechEngine")) for e in found["sourceLanguages"]["en"]]
    assert rows == [("en", "whisper", None), ("es", "firefox", "pico"), ("fr", "apertium", None)]


async def eventually_read(client: Client, texts: list[str]) -> None:
    """The final captions that the client got so far are these."""
    while [m["text"] for m in client.passed if m["type"] == "caption"] != texts:
        await client.of_type("caption")
