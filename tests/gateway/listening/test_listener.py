"""Listeners against the real gateway and Redis; the workers' side is a publisher that keeps their contract."""

import asyncio
import base64
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.channels.history import Entry
from gateway.gateway import Gateway
from schemas.channels import (
    Lease,
    audience_key,
    captions_channel,
    languages_key,
    session_key,
    speech_channel,
    spoken_languages_key,
)
from schemas.languages import Abilities, Voicing, abilities_key
from tests.gateway.client import Client, Connect, StartGateway, created, joined
from tests.gateway.publisher import Publisher, caption, ended, session_id_of, speech


class Scene:
    """A session with its speaker, and the channels that workers fill."""

    def __init__(self, redis: Redis, speaker: Client, code: str, session_id: str) -> None:
        self.redis, self.speaker, self.code, self.session_id = redis, speaker, code, session_id
        self.spanish = Publisher(redis, captions_channel(session_id, "es"))
        self.catalan = Publisher(redis, captions_channel(session_id, "ca"))
        self.floor = Publisher(redis, captions_channel(session_id, "en"))
        self.voice = Publisher(redis, speech_channel(session_id, "es", "ogg-opus"))

    async def leases(self) -> list[Lease]:
        """What the gateways ask for."""
        rows = await self.redis.hvals(audience_key(self.session_id))
        return [msgspec.json.decode(row, type=Lease) for row in rows]


@pytest_asyncio.fixture
async def scene(connect: Connect, redis: Redis) -> Scene:
    """A session that just began."""
    speaker = await connect()
    code, _ = await created(speaker, title="A talk")
    return Scene(redis, speaker, code, await session_id_of(redis, code))


def texts(client: Client) -> list[str]:
    """The captions so far."""
    return [message["text"] for message in client.passed if message["type"] == "caption"]


async def test_captions_and_speech_arrive_with_their_place_in_the_history(scene: Scene, connect: Connect) -> None:
    plain, binary = await connect(), await connect(binary=True)
    answer = await joined(plain, scene.code, "es-MX")
    assert answer["title"] == "A talk"
    assert answer["captions"] == {"language": "es", "id": "", "recovered": False, "revisions": "0-0"}
    assert answer["speech"] == {"language": "es", "id": "", "recovered": False, "revisions": ""}
    assert (answer["format"], answer["state"], answer["sourceLanguage"]) == ("ogg-opus", "live", "en")
    assert {"language": "fr", "captions": True, "speech": False, "quality": "good", "state": "available"} in answer[
        "languages"
    ]
    await joined(binary, scene.code)
    await scene.spanish.final(0, caption(0, "uno"))
    await scene.spanish.final(160, caption(160, "dos"))
    await scene.voice.final(0, speech(0, b"OggS...."))
    for client in (plain, binary):
        first, second = await client.of_type("caption"), await client.of_type("caption")
        assert (first["text"], first["id"], first["previous"]) == ("uno", "0-1", "")
        assert (second["text"], second["id"], second["previous"]) == ("dos", "160-1", "0-1")
    assert base64.b64decode((await plain.of_type("translatedAudio"))["audioData"]) == b"OggS...."
    audio = await binary.of_type("translatedAudio")
    assert (audio["audio"], audio["id"], "audioData" in audio) == (b"OggS....", "0-1", False)


async def test_partials_are_for_those_who_want_it_fast(scene: Scene, connect: Connect) -> None:
    fast, steady = await connect(), await connect()
    await joined(fast, scene.code, mode="fast")
    await joined(steady, scene.code)
    await scene.spanish.partial(caption(0, "u", final=False))
    await scene.spanish.final(0, caption(0, "uno"))
    assert (await fast.of_type("caption"))["text"] == "u"
    assert (await fast.of_type("caption"))["text"] == "uno"
    assert (await steady.of_type("caption"))["text"] == "uno"
    assert texts(steady) == ["uno"]
    assert (await scene.leases())[0].fast == {"es": 1}


async def test_the_floor_has_captions_and_no_speech(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    answer = await joined(listener, scene.code, "en-GB")
    assert (answer["captions"]["language"], answer["speech"], answer["format"]) == ("en", None, None)
    await scene.floor.final(0, caption(0, "one", language="en"))
    assert (await listener.of_type("caption"))["text"] == "one"
    assert await scene.redis.smembers(languages_key(scene.session_id)) == set()


async def test_one_language_can_be_heard_and_another_read(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    answer = await joined(listener, scene.code, "es", captionLanguage="ca")
    assert (answer["captions"]["language"], answer["speech"]["language"]) == ("ca", "es")
    (lease,) = await scene.leases()
    assert (lease.captions, lease.speech, lease.listeners) == ({"ca": 1}, {"es": {"ogg-opus": 1}}, 1)
    assert await scene.redis.smembers(languages_key(scene.session_id)) == {b"ca", b"es"}
    assert await scene.redis.smembers(spoken_languages_key(scene.session_id)) == {b"es:ogg-opus"}


async def test_a_voice_is_chosen_where_the_language_has_several_and_changed_like_a_language(
    scene: Scene, connect: Connect
) -> None:
    told = Abilities(languages={"*": ["es", "ca"]}, voices={"es": Voicing(engine="kokoro", voices=["female", "male"])})
    await scene.redis.set(abilities_key("synthesize"), msgspec.json.encode(told))
    listener, plain = await connect(), await connect()
    answer = await joined(listener, scene.code, "es", voice="male")
    offered = {each["language"]: each.get("voices") for each in answer["languages"]}
    assert offered == {"en": None, "ca": None, "es": ["female", "male"], "fr": None}
    assert answer["speech"]["voice"] == "male"
    assert "voice" not in (await joined(plain, scene.code))["speech"]
    (lease,) = await scene.leases()
    assert lease.speech == {"es": {"ogg-opus/male": 1, "ogg-opus": 1}}
    await Publisher(scene.redis, speech_channel(scene.session_id, "es", "ogg-opus", "male")).final(0, speech(0, b"man"))
    await scene.voice.final(0, speech(0, b"any"))
    assert base64.b64decode((await listener.of_type("translatedAudio"))["audioData"]) == b"man"
    assert base64.b64decode((await plain.of_type("translatedAudio"))["audioData"]) == b"any"
    answer = await listener.ask("changeLanguage", sessionId=scene.code, voice="female")
    assert (answer["speech"]["voice"], answer["speech"]["recovered"]) == ("female", False)
    assert answer["captions"]["recovered"]
    assert (await scene.leases())[0].speech == {"es": {"ogg-opus/female": 1, "ogg-opus": 1}}
    answer = await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="ca")
    assert "voice" not in answer["speech"], "it has one voice"
    answer = await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="es")
    assert answer["speech"]["voice"] == "female", "it is remembered"
    answer = await listener.ask("changeLanguage", sessionId=scene.code, voice="dalek")
    assert "voice" not in answer["speech"]
    assert (await scene.leases())[0].speech == {"es": {"ogg-opus": 2}}


@pytest.mark.parametrize(
    ("members", "spoken"),
    [
        ({"formats": ["mp3", "pcm16"]}, "pcm16"),
        ({"formats": ["mp3"]}, None),
        ({"audio": False}, None),
        ({"targetLanguage": "fr"}, None),
    ],
)
async def test_speech_is_made_only_for_those_who_can_hear_it(
    scene: Scene, connect: Connect, members: dict[str, Any], spoken: str | None
) -> None:
    listener = await connect()
    answer = await listener.ask("joinSession", **({"sessionId": scene.code, "targetLanguage": "es"} | members))
    assert answer["format"] == spoken
    assert (answer["speech"] is None) is (spoken is None)
    assert answer["captions"]["language"] == members.get("targetLanguage", "es")
    (lease,) = await scene.leases()
    assert bool(lease.speech) is (spoken is not None)


async def test_a_newcomer_gets_the_last_captions_and_then_live(scene: Scene, connect: Connect) -> None:
    for n in range(30):
        await scene.spanish.final(n * 160, caption(n * 160, f"{n}"))
    await scene.voice.final(0, speech(0, b"old"))
    listener, brief = await connect(), await connect()
    answer = await joined(listener, scene.code)
    assert answer["captions"] == {"language": "es", "id": "4640-1", "recovered": False, "revisions": "0-0"}
    await joined(brief, scene.code, history=0)
    await scene.spanish.final(4800, caption(4800, "live"))
    await listener.until(lambda m: m.get("text") == "live")
    assert texts(listener) == [*(str(n) for n in range(10, 30)), "live"]
    assert next(m for m in listener.passed if m["type"] == "caption")["previous"] == "1440-1"
    assert (await brief.of_type("caption"))["text"] == "live"
    assert not any(m["type"] == "translatedAudio" for m in listener.passed)


async def test_a_listener_who_comes_back_gets_exactly_what_was_missed(scene: Scene, connect: Connect) -> None:
    for n in range(5):
        await scene.spanish.final(n * 160, caption(n * 160, str(n)))
        await scene.voice.final(n * 160, speech(n * 160, bytes([n])))
    listener = await connect()
    answer = await joined(listener, scene.code, resume={"captions": "160-1", "speech": "320-1"})
    assert (answer["captions"]["recovered"], answer["speech"]["recovered"]) == (True, True)
    await scene.spanish.final(800, caption(800, "live"))
    await listener.until(lambda m: m.get("text") == "live")
    assert texts(listener) == ["2", "3", "4", "live"]
    assert [m["segment"] for m in listener.passed if m["type"] == "translatedAudio"] == [480, 640]


async def test_who_only_hears_and_comes_back_does_not_hear_what_was_withdrawn(scene: Scene, connect: Connect) -> None:
    for n in range(4):
        await scene.voice.final(n * 160, speech(n * 160, bytes([n])))
    await scene.spanish.final(320, caption(320, "a secret"))
    await scene.spanish.revised(1, caption(320, "", revision=9, outcome="withdrawn"))
    listener = await connect()
    answer = await joined(listener, scene.code, captions=False, resume={"speech": "0-1"})
    assert (answer["captions"], answer["speech"]["recovered"]) == (None, True)
    heard = [(m["segment"], m["outcome"]) for m in [await listener.of_type("translatedAudio") for _ in range(3)]]
    assert heard == [(160, "ok"), (320, "skipped"), (480, "ok")]


@pytest.mark.parametrize("gone", ["80-1", "garbage", "99999999999999999999999-1", "9999999-1"])
async def test_recovered_is_said_only_when_the_id_is_still_there(scene: Scene, connect: Connect, gone: str) -> None:
    await scene.spanish.final(160, caption(160, "uno"))
    listener = await connect()
    answer = await joined(listener, scene.code, resume={"captions": gone, "speech": gone})
    assert (answer["captions"]["recovered"], answer["speech"]["recovered"]) == (False, False)
    assert (await listener.of_type("caption"))["text"] == "uno"


async def test_what_pub_sub_dropped_is_read_from_the_history(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code)
    await scene.spanish.final(0, caption(0, "0"))
    await scene.spanish.final(160, caption(160, "1"), quietly=True)
    await scene.spanish.final(320, caption(320, "2"))
    await listener.until(lambda m: m.get("text") == "2")
    await scene.spanish.final(480, caption(480, "3"), quietly=True)
    await listener.until(lambda m: m.get("text") == "3")
    assert texts(listener) == ["0", "1", "2", "3"]
    captions = [m for m in listener.passed if m["type"] == "caption"]
    assert [m["previous"] for m in captions] == ["", *(m["id"] for m in captions[:-1])]


async def test_a_cut_subscription_loses_nothing(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code)
    for n in range(20):
        if n % 5 == 2:
            await scene.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await scene.spanish.final(n * 160, caption(n * 160, str(n)))
    await listener.until(lambda m: m.get("text") == "19")
    assert texts(listener) == [str(n) for n in range(20)]


async def test_joins_in_the_middle_of_speech_have_no_hole_and_no_repetition(scene: Scene, connect: Connect) -> None:
    async def talk() -> None:
        for n in range(200):
            await scene.spanish.final(n * 160, caption(n * 160, str(n)))

    async def listen() -> list[str]:
        listener = await connect()
        await joined(listener, scene.code, history=500)
        await listener.until(lambda m: m.get("text") == "199")
        return texts(listener)

    heard = await asyncio.gather(talk(), *(listen() for _ in range(10)))
    for captions in heard[1:]:
        assert captions == [str(n) for n in range(200)]


async def test_what_comes_while_a_newcomer_reads_the_history_is_not_missed(
    scene: Scene, connect: Connect, gateway: Gateway
) -> None:
    """The reading that was overtaken is done again."""
    first, late = await connect(), await connect()
    await joined(first, scene.code)
    channel = gateway.parts.channels._open[captions_channel(scene.session_id, "es")]
    read = channel.history.newest
    overtaken = iter(range(3))

    async def newest(count: int) -> list[Entry]:
        entries = await read(count)
        for n in overtaken:
            await scene.spanish.final(n * 160, caption(n * 160, str(n)))
            while channel.last != scene.spanish.last:  # noqa: ASYNC110  # a channel tells only its readers
                await asyncio.sleep(0.01)
            break
        return entries

    channel.history.newest = newest
    await joined(late, scene.code)
    await scene.spanish.final(9999, caption(9999, "live"))
    await late.until(lambda m: m.get("text") == "live")
    assert texts(late) == ["0", "1", "2", "live"]


@pytest.mark.parametrize("joins", [True, False])
async def test_what_is_hidden_while_its_history_is_read_is_not_sent(
    scene: Scene, connect: Connect, gateway: Gateway, *, joins: bool
) -> None:
    """Neither to who joins nor to who comes from another language."""
    first, late = await connect(), await connect()
    await joined(first, scene.code)
    await scene.spanish.final(0, caption(0, "a secret"))
    await first.of_type("caption")
    if not joins:
        await joined(late, scene.code, "ca")
    channel = gateway.parts.channels._open[captions_channel(scene.session_id, "es")]
    read = channel.history.newest

    async def newest(count: int) -> list[Entry]:
        entries = await read(count)
        await scene.speaker.ask("hideCaptions", sessionId=scene.code)
        return entries

    channel.history.newest = newest
    asked = {"sessionId": scene.code, "targetLanguage": "es", "history": 5}
    answer = await late.ask("joinSession" if joins else "changeLanguage", **asked)
    assert (answer["captions"], answer["speech"], texts(late)) == (None, None, [])


async def test_the_answer_to_a_change_stands_between_the_languages(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code)
    await scene.spanish.final(0, caption(0, "uno"))
    await listener.of_type("caption")
    answer = await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="ca", mode="fast")
    assert answer["type"] == "languageChanged"
    assert (answer["captions"]["language"], answer["speech"]["language"]) == ("ca", "ca")
    await scene.spanish.final(160, caption(160, "dos"))
    await scene.catalan.partial(caption(160, "d", language="ca", final=False))
    await scene.catalan.final(160, caption(160, "dos-ca", language="ca"))
    await listener.until(lambda m: m.get("text") == "dos-ca")
    assert texts(listener) == ["uno", "d", "dos-ca"]
    (lease,) = await scene.leases()
    assert (lease.captions, lease.speech) == ({"ca": 1}, {"ca": {"ogg-opus": 1}})


async def test_a_change_of_what_is_heard_keeps_the_captions_going(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code)
    await scene.spanish.final(0, caption(0, "uno"))
    answer = await listener.ask("changeLanguage", sessionId=scene.code, audio=False)
    assert answer["speech"] is None
    assert answer["captions"] == {"language": "es", "id": "0-1", "recovered": True, "revisions": "0-0"}
    await scene.spanish.final(160, caption(160, "dos"))
    await listener.until(lambda m: m.get("text") == "dos")
    assert texts(listener) == ["uno", "dos"]


async def test_a_change_brings_the_history_of_a_language_that_is_read_already(scene: Scene, connect: Connect) -> None:
    for segment, text in enumerate(["u", "dos", "tres"]):
        await scene.catalan.final(segment, caption(segment, text, language="ca"))
    listener = await connect()
    await joined(listener, scene.code)
    answer = await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="ca", history=2)
    assert answer["captions"] == {"language": "ca", "id": "2-1", "recovered": False, "revisions": "0-0"}
    await scene.catalan.final(3, caption(3, "quatre", language="ca"))
    await listener.until(lambda m: m.get("text") == "quatre")
    assert texts(listener) == ["dos", "tres", "quatre"]
    await listener.ask("changeLanguage", sessionId=scene.code, audio=False, history=2)
    await scene.catalan.final(4, caption(4, "cinc", language="ca"))
    await listener.until(lambda m: m.get("text") == "cinc")
    assert texts(listener) == ["dos", "tres", "quatre", "cinc"]


async def test_listeners_see_the_speaker_pause_and_leave(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    """Also on another gateway."""
    listener = await connect(await start_gateway())
    await joined(listener, scene.code)
    for action, state in (("pause", "paused"), ("resume", "live"), ("mute", "muted"), ("unmute", "live")):
        await scene.speaker.ask("controlBroadcast", sessionId=scene.code, controlAction=action)
        assert (await listener.of_type("speakerState"))["state"] == state
    await scene.speaker.socket.close()
    assert (await listener.of_type("speakerState"))["state"] == "away"


async def test_the_speaker_learns_who_listens_on_all_gateways(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    here, there = await connect(), await connect(await start_gateway())
    await joined(here, scene.code)
    await joined(there, scene.code, "en")
    told = await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and m["listeners"] == 2)
    assert told["byLanguage"] == {"en": {"captions": 1, "audio": 0}, "es": {"captions": 1, "audio": 1, "both": 1}}
    await here.ask("setPlayback", sessionId=scene.code, paused=True)
    await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and m["paused"] == 1)
    await there.socket.close()
    await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and m["listeners"] == 1)
    status = await scene.speaker.ask("getSessionStatus", sessionId=scene.code)
    assert (status["listeners"], status["speakerConnected"], status["audioQuality"]) == (1, True, None)


async def test_nobody_misses_the_last_words(scene: Scene, connect: Connect) -> None:
    """The sockets stay until every channel that was listened to has ended, then get 4010."""
    listener, reader = await connect(), await connect()
    await joined(listener, scene.code)
    await joined(reader, scene.code, "en")
    assert (await scene.speaker.ask("endSession", sessionId=scene.code))["type"] == "sessionEnded"
    await scene.floor.final(0, caption(0, "last", language="en"))
    await scene.floor.final(160, ended(scene.code))
    assert await reader.closed() == 4010
    assert [m["type"] for m in reader.passed[-2:]] == ["caption", "sessionEnded"]
    await scene.spanish.final(0, caption(0, "último"))
    await scene.spanish.final(160, ended(scene.code))
    await scene.voice.final(0, speech(0, b"OggS"))
    await scene.voice.final(160, ended(scene.code))
    assert await listener.closed() == 4010
    assert [m["type"] for m in listener.passed[-3:]] == ["caption", "translatedAudio", "sessionEnded"]
    assert listener.passed[-1]["sessionId"] == scene.code
    assert await scene.speaker.closed() == 4010


async def test_who_was_away_at_the_end_still_gets_the_last_words(scene: Scene, connect: Connect) -> None:
    await scene.spanish.final(0, caption(0, "uno"))
    await scene.speaker.ask("endSession", sessionId=scene.code)
    await scene.spanish.final(160, caption(160, "dos"))
    await scene.spanish.final(320, ended(scene.code))
    listener = await connect()
    answer = await joined(listener, scene.code, audio=False, resume={"captions": "0-1"})
    assert (answer["state"], answer["captions"]["recovered"]) == ("ended", True)
    assert await listener.closed() == 4010
    assert texts(listener) == ["dos"]
    assert listener.passed[-1]["type"] == "sessionEnded"


async def test_a_publication_that_is_none_is_passed_over(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code)
    await scene.redis.publish(captions_channel(scene.session_id, "es"), b"garbage")
    await scene.spanish.final(0, b"{garbage")
    await scene.spanish.final(160, caption(160, "dos"))
    assert (await listener.of_type("caption"))["text"] == "dos"
    late = await connect()
    await joined(late, scene.code)
    assert (await late.of_type("caption"))["text"] == "dos"


async def test_the_speaker_can_read_the_floor(connect: Connect, redis: Redis) -> None:
    speaker = await connect()
    code, _ = await created(speaker, captions=True)
    floor = Publisher(redis, captions_channel(await session_id_of(redis, code), "en"))
    await floor.final(0, caption(0, "hello", language="en"))
    assert (await speaker.of_type("caption"))["text"] == "hello"


async def test_a_history_that_expired_keeps_nobody_from_joining(scene: Scene, connect: Connect) -> None:
    """A listener holds the channel, so the gateway knows an entry that Redis no longer has."""
    first, second = await connect(), await connect()
    await joined(first, scene.code)
    await scene.spanish.final(0, caption(0, "uno"))
    await first.of_type("caption")
    await scene.redis.delete(captions_channel(scene.session_id, "es"))
    answer = await joined(second, scene.code)
    assert answer["captions"]["id"] == "0-1"
    await scene.spanish.final(160, caption(160, "dos"))
    assert (await second.of_type("caption"))["text"] == "dos"


async def test_a_hall_that_joins_at_once_gets_in(scene: Scene, connect: Connect) -> None:
    clients = await asyncio.gather(*(connect() for _ in range(90)))
    answers = await asyncio.gather(
        *(client.ask("joinSession", sessionId=scene.code, targetLanguage="es") for client in clients)
    )
    assert {answer["type"] for answer in answers} == {"sessionJoined"}


async def test_who_comes_back_after_the_end_in_another_language_is_let_go(
    scene: Scene, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing will ever end a channel that never had a listener."""
    monkeypatch.setattr("gateway.sessions.live.DRAIN_S", 0.1)
    await scene.speaker.ask("endSession", sessionId=scene.code)
    assert await scene.speaker.closed() == 4010
    late = await connect()
    await joined(late, scene.code, "fr", resume={"captions": "1-1"})
    assert await late.closed() == 4010


async def test_who_comes_after_the_end_gets_what_is_kept_and_the_end(scene: Scene, connect: Connect) -> None:
    """The socket may have been lost before the first caption: there is no id to resume from."""
    for n in range(2):
        await scene.spanish.final(n * 160, caption(n * 160, str(n)))
    await scene.speaker.ask("endSession", sessionId=scene.code)
    await scene.spanish.final(320, ended(scene.code))
    late = await connect()
    await joined(late, scene.code, audio=False)
    await late.of_type("sessionEnded")
    assert texts(late) == ["0", "1"]
    assert await late.closed() == 4010


async def test_a_session_of_which_nothing_is_kept_is_over(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    await scene.speaker.ask("endSession", sessionId=scene.code)
    await scene.redis.hset(session_key(scene.session_id), "updated_at", 1)
    late = await connect(await start_gateway())
    answer = await late.ask("joinSession", sessionId=scene.code, targetLanguage="fr")
    assert answer["code"] == "session-ended"
