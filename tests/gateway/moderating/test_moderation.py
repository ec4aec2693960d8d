"""What speakers and moderators take off the screens, over the real log and the real scripts of broadcast."""

from typing import Any

import aiohttp
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

from dragoman.runtime.wall_clock import now_ms
from gateway.gateway import Gateway
from schemas.channels import languages_key
from schemas.languages import Abilities, abilities_key
from schemas.messages import Session
from schemas.topics import TRANSCRIPTS, TRANSLATIONS
from schemas.wire import decode
from tests.dragoman.transcripts.spoken import SECOND, transcript, translation
from tests.gateway.client import Client, Connect, StartGateway, created, joined, send_audio
from tests.gateway.spoken_session import say, session_of
from workers.broadcast.channel import RedisChannel
from workers.broadcast.entries import entries
from workers.stage import Record

NEXT = 2 * SECOND


class Hall:
    """A session whose stages are the test, with a speaker, a moderator and a listener."""

    def __init__(self, gateway: Gateway, kafka: str, redis: Redis, connect: Connect) -> None:
        self.gateway, self.kafka, self.redis, self.connect = gateway, kafka, redis, connect
        self.behind = {TRANSCRIPTS: 0, TRANSLATIONS: 0}
        self.code = self.moderator_token = ""
        self.session: Session
        self.speaker: Client

    async def open(self, **members: Any) -> None:
        self.speaker = await self.connect()
        answer = await self.speaker.ask("createSession", sourceLanguage="en", title="A talk", captions=True, **members)
        self.code, self.moderator_token = answer["sessionId"], answer["moderatorToken"]
        self.session = await session_of(self.gateway, self.code)
        await self.redis.sadd(languages_key(self.session.session_id), "es", "ca")

    async def says(self, segment: int, text: str) -> None:
        """A sentence, in both languages."""
        translated = translation(segment, text.upper(), source_text=text)
        await say(self.kafka, self.session, transcript(segment, text), translated)
        await self.broadcast()

    async def broadcast(self) -> None:
        """What the log has and the channels have not."""
        channel = RedisChannel(self.redis, now_ms, most=500, speech_history_s=300, live_s=3600, ended_s=3600)
        run = (await self.redis.info("server"))["run_id"]
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka)
        await consumer.start()
        try:
            for topic in (TRANSCRIPTS, TRANSLATIONS):
                place = TopicPartition(topic, self.session.partition)
                consumer.assign([place])
                consumer.seek(place, self.behind[topic])
                end = (await consumer.end_offsets([place]))[place]
                while await consumer.position(place) < end:
                    for found in (await consumer.getmany(place, timeout_ms=100)).values():
                        for row in found:
                            if row.key == self.session.session_id.encode():
                                message = decode(topic, row.value, row.headers)
                                record = Record(
                                    session_id=self.session.session_id, message=message, topic=topic,
                                    partition=row.partition, offset=row.offset, written_at=row.timestamp,
                                )  # fmt: skip
                                for entry in entries(record):
                                    await channel.publish("", entry, filling=run)
                self.behind[topic] = end
        finally:
            await consumer.stop()

    async def moderator(self, language: str = "es") -> Client:
        client = await self.connect()
        answer = await joined(client, self.code, language, audio=False, moderatorToken=self.moderator_token)
        assert answer["moderator"] is True
        return client

    async def text(self, at: Gateway, language: str = "es") -> str:
        """What an export has."""
        url = f"{at.url}/api/sessions/{self.code}/transcript?format=json&language={language}"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            return await response.text()


@pytest.fixture
def hall(gateway: Gateway, kafka: str, redis: Redis, connect: Connect) -> Hall:
    return Hall(gateway, kafka, redis, connect)


def captions(client: Client) -> list[tuple[int, str, str]]:
    """Those that it got: segment, text, outcome."""
    return [(m["segment"], m["text"], m["outcome"]) for m in client.passed if m["type"] == "caption"]


async def test_a_caption_that_is_withdrawn_is_gone_for_those_who_are_there_who_come_and_from_exports(
    hall: Hall, start_gateway: StartGateway
) -> None:
    await hall.open()
    there = await hall.connect()
    await joined(there, hall.code, "es", audio=False)
    moderator = await hall.moderator()
    await hall.says(0, "a secret")
    await hall.says(NEXT, "and more")
    await there.until(lambda m: m["type"] == "caption" and m["segment"] == NEXT)
    assert "A SECRET" in await hall.text(hall.gateway)

    answer = await moderator.ask("withdraw", sessionId=hall.code, segment=0)
    assert (answer["type"], answer["segment"]) == ("captionWithdrawn", 0)
    await hall.broadcast()
    gone = await there.until(lambda m: m["type"] == "caption" and m["outcome"] == "withdrawn")
    assert (gone["segment"], gone["text"], gone["final"], gone["revised"]) == (0, "", True, True)
    assert gone["sourceText"] == ""
    for language in ("es", "en"):
        late = await hall.connect()
        await joined(late, hall.code, language, audio=False)
        await late.until(lambda m: m["type"] == "caption" and m["segment"] == NEXT)
        assert "secret" not in str(captions(late)).lower()
    other = await start_gateway()  # which has not read the log yet
    for language in ("es", "en"):
        text = (await hall.text(other, language)).lower()
        assert ("secret" in text, "more" in text) == (False, True)


async def test_a_translation_that_comes_after_its_caption_was_withdrawn_says_nothing(hall: Hall) -> None:
    await hall.open()
    there = await hall.connect()
    await joined(there, hall.code, "es", audio=False)
    await say(hall.kafka, hall.session, transcript(0, "a secret"))
    await hall.broadcast()
    assert (await hall.speaker.ask("withdraw", sessionId=hall.code, segment=0))["type"] == "captionWithdrawn"
    await hall.broadcast()
    await say(hall.kafka, hall.session, translation(0, "A SECRET", source_text="a secret"))
    await hall.says(NEXT, "and more")
    await there.until(lambda m: m["type"] == "caption" and m["segment"] == NEXT)
    assert "secret" not in str(there.passed).lower()


async def test_what_was_said_in_the_language_before_can_be_withdrawn_though_nobody_read_it(hall: Hall) -> None:
    abilities = Abilities(languages={"en": [], "de": []})
    await hall.redis.set(abilities_key("transcribe"), msgspec.json.encode(abilities))
    await hall.open()
    await hall.redis.delete(languages_key(hall.session.session_id))
    await send_audio(hall.speaker, hall.code)
    await say(hall.kafka, hall.session, transcript(0, "a secret"))
    await hall.broadcast()
    answer = await hall.speaker.ask("changeSourceLanguage", sessionId=hall.code, sourceLanguage="de")
    assert answer["sourceLanguage"] == "de"
    answer = await hall.speaker.ask("withdraw", sessionId=hall.code, segment=0)
    assert answer["type"] == "captionWithdrawn"
    assert "secret" not in await hall.text(hall.gateway, "en")


async def test_a_text_is_corrected_where_it_is_wrong(hall: Hall) -> None:
    await hall.open()
    there = await hall.connect()
    await joined(there, hall.code, "es", audio=False)
    await hall.says(0, "he lo world")
    moderator = await hall.moderator()
    correct = {"sessionId": hall.code, "segment": 0}
    assert (await moderator.ask("correct", **correct, language="es", text=" Hola,\n mundo "))[
        "type"
    ] == "captionCorrected"
    await hall.broadcast()
    assert (await there.until(lambda m: m["type"] == "caption" and m.get("revised")))["text"] == "Hola, mundo"
    assert (await moderator.ask("correct", **correct, language="en", text="Hello world"))["type"] == "captionCorrected"
    await hall.broadcast()
    floor = await hall.connect()
    await joined(floor, hall.code, "en", audio=False)
    assert (await floor.of_type("caption"))["text"] == "Hello world"
    for members, code in (
        ({"language": "es", "text": " "}, "bad-message"),
        ({"language": "pt", "text": "x"}, "language-unavailable"),
        ({"language": "es", "text": "x", "segment": 7}, "bad-message"),
    ):
        assert (await moderator.ask("correct", **correct | members))["code"] == code


async def test_hidden_captions_reach_nobody_but_moderators_until_they_are_shown(
    hall: Hall, start_gateway: StartGateway
) -> None:
    """On every gateway, for those who are there and for those who come."""
    await hall.open()
    other = await start_gateway()
    here, there = await hall.connect(), await hall.connect(other)
    for client, history in ((here, 1), (there, 20)):
        await joined(client, hall.code, "es", audio=False, history=history)
    moderator = await hall.moderator()
    await hall.says(0, "before")
    for client in (here, there, moderator):
        await client.of_type("caption")

    assert (await moderator.ask("hideCaptions", sessionId=hall.code))["type"] == "captionsHidden"
    for client in (here, there):
        assert (await client.of_type("speakerState"))["hidden"] is True
        assert (await client.of_type("languageChanged"))["captions"] is None
    assert (await hall.speaker.of_type("speakerState"))["hidden"] is True
    late = await hall.connect(other)
    answer = await joined(late, hall.code, "es", audio=False)
    assert (answer["hidden"], answer["captions"]) == (True, None)
    for number in range(1, 4):
        await hall.says(number * NEXT, "meanwhile")
    await moderator.until(lambda m: m["type"] == "caption" and m["segment"] == 3 * NEXT)
    assert (await there.ask("changeLanguage", sessionId=hall.code, targetLanguage="ca"))["captions"] is None
    assert (await there.ask("changeLanguage", sessionId=hall.code, targetLanguage="es"))["captions"] is None
    assert [len(captions(client)) for client in (here, there, late)] == [1, 1, 0]

    assert (await hall.speaker.ask("showCaptions", sessionId=hall.code))["type"] == "captionsShown"
    for client in (here, there, late):
        assert (await client.of_type("speakerState"))["hidden"] is False
        await client.until(lambda m: m["type"] == "languageChanged" and m["captions"] is not None)
        await client.until(lambda m: m["type"] == "caption" and m["segment"] == 3 * NEXT)
    await hall.says(4 * NEXT, "after")
    for client, before in ((here, [0]), (there, [0, 0]), (late, [0])):
        await client.until(lambda m: m["type"] == "caption" and m["segment"] == 4 * NEXT)
        segments = [segment for segment, *_ in captions(client)]
        assert segments == [*before, *(number * NEXT for number in range(1, 5))]


async def test_who_was_not_there_when_captions_were_hidden_gets_the_history_that_it_asks_for(hall: Hall) -> None:
    await hall.open()
    switches, garbled = await hall.connect(), await hall.connect()
    await joined(switches, hall.code, "es", audio=False, history=0)
    await hall.speaker.ask("hideCaptions", sessionId=hall.code)
    await switches.of_type("languageChanged")
    await joined(garbled, hall.code, "es", audio=False, history=1, resume={"captions": "garbage"})
    await switches.ask("changeLanguage", sessionId=hall.code, captions=False)
    for number in range(3):
        await hall.says(number * NEXT, "meanwhile")

    await hall.speaker.ask("showCaptions", sessionId=hall.code)
    shown = await garbled.until(lambda m: m["type"] == "languageChanged" and m["captions"] is not None)
    assert shown["captions"]["recovered"] is False
    await switches.of_type("languageChanged")
    await switches.ask("changeLanguage", sessionId=hall.code, captions=True, history=0)
    await hall.says(3 * NEXT, "after")
    for client, before in ((switches, []), (garbled, [2 * NEXT])):
        await client.until(lambda m: m["type"] == "caption" and m["segment"] == 3 * NEXT)
        assert [segment for segment, *_ in captions(client)] == [*before, 3 * NEXT]


async def test_what_is_hidden_stays_so_in_the_record_of_the_session(hall: Hall) -> None:
    """Also when its speaker goes away and comes back."""
    await hall.open()
    await hall.speaker.ask("hideCaptions", sessionId=hall.code)

    async def hidden() -> bool:
        return (await session_of(hall.gateway, hall.code)).hidden

    assert await hidden()
    await hall.speaker.ask("controlBroadcast", sessionId=hall.code, controlAction="pause")
    assert await hidden()


async def test_a_moderator_ends_the_session_with_its_speaker_and_without(
    hall: Hall, start_gateway: StartGateway
) -> None:
    await hall.open()
    other = await start_gateway(grace_s=2)
    moderator = await hall.connect(other)
    await joined(moderator, hall.code, "es", audio=False, moderatorToken=hall.moderator_token)
    assert (await moderator.ask("endSession", sessionId=hall.code))["type"] == "sessionEnded"
    assert (await session_of(hall.gateway, hall.code)).state == "ended"

    await hall.open()
    moderator = await hall.connect(other)
    await joined(moderator, hall.code, "es", audio=False, moderatorToken=hall.moderator_token)
    await hall.speaker.socket.close()
    await moderator.until(lambda m: m["type"] == "speakerState" and m["state"] == "away")
    assert (await moderator.ask("endSession", sessionId=hall.code))["type"] == "sessionEnded"


async def test_who_may_what(hall: Hall) -> None:
    await hall.open(listeners="pin", pin="2468")
    await hall.moderator()  # needs no PIN
    listener = await hall.connect()
    await joined(listener, hall.code, "es", audio=False, pin="2468")
    for action in ("hideCaptions", "showCaptions", "endSession"):
        assert (await listener.ask(action, sessionId=hall.code))["code"] == "forbidden"
    assert (await listener.ask("withdraw", sessionId=hall.code, segment=0))["code"] == "forbidden"
    moderator = await hall.moderator()
    assert (await moderator.ask("controlBroadcast", sessionId=hall.code, controlAction="pause"))["code"] == "forbidden"
    _, speakers = await created(await hall.connect())
    for token in ("nonsense", speakers):
        stranger = await hall.connect()
        asked = {"sessionId": hall.code, "targetLanguage": "es", "moderatorToken": token}
        assert (await stranger.ask("joinSession", **asked))["code"] == "unauthorized"
    other = Hall(hall.gateway, hall.kafka, hall.redis, hall.connect)
    await other.open()
    stranger = await hall.connect()
    asked = {"sessionId": hall.code, "targetLanguage": "es", "moderatorToken": other.moderator_token}
    assert (await stranger.ask("joinSession", **asked))["code"] == "unauthorized"
