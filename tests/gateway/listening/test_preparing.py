"""A listener chooses a language whose model is not there: it is asked for, and the listener is told how it goes."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest_asyncio
from redis.asyncio import Redis

from schemas.channels import captions_channel
from schemas.fetching import Absent, Fetching, asked_key, fetching_key
from schemas.languages import Abilities, abilities_key
from schemas.messages import Message, Wanted
from tests.gateway.client import Client, Connect, created, joined
from tests.gateway.publisher import Publisher, caption, session_id_of
from tests.gateway.records import records

LACKING = {"en": {"de": ["en-de"], "it": ["en-it"]}}


class Helpers:
    """What the workers and `dragoman up` say."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    async def fetch(self, **states: Any) -> None:
        models = {name.replace("_", "-"): Absent(size=37_000_000, state=state) for name, state in states.items()}
        await self._redis.set(fetching_key(), msgspec.json.encode(Fetching(models=models)))

    async def translate(self, *languages: str, lacking: Any) -> None:
        abilities = Abilities(languages={"en": list(languages)}, lacking=lacking)
        await self._redis.set(abilities_key("translate"), msgspec.json.encode(abilities))

    async def speak(self, *languages: str) -> None:
        await self._redis.set(
            abilities_key("synthesize"), msgspec.json.encode(Abilities(languages={"*": list(languages)}))
        )

    async def asked(self) -> list[str]:
        return [name.decode() for name in await self._redis.zrange(asked_key(), 0, -1)]

    async def forget(self) -> None:
        await self._redis.delete(fetching_key(), asked_key())


@pytest_asyncio.fixture
async def helpers(redis: Redis) -> AsyncIterator[Helpers]:
    helpers = Helpers(redis)
    await helpers.forget()
    await helpers.translate("es", lacking=LACKING)
    await helpers.fetch(en_de="absent", en_it="absent")
    yield helpers
    await helpers.forget()


async def told(client: Client, language: str, state: str) -> dict[str, Any]:
    """What a listener is told of a language, once it is in this state."""

    def states(message: dict[str, Any]) -> bool:
        return message["type"] == "languagesChanged" and of(message, language)["state"] == state

    return of(await client.until(states), language)


def of(message: dict[str, Any], language: str) -> dict[str, Any]:
    (found,) = (each for each in message["languages"] if each["language"] == language)
    return dict(found)


def missed(found: list[Message]) -> int:
    """How often the log says that German is asked for, and what was said before is missed."""
    return sum(isinstance(each, Wanted) and each.language == "de" for each in found)


async def test_it_is_asked_for_and_the_listener_reads_it_when_it_is_there(
    helpers: Helpers, redis: Redis, connect: Connect, kafka: str
) -> None:
    await helpers.speak("es")
    speaker, german, spanish = await connect(), await connect(), await connect()
    code, _ = await created(speaker)
    joining = await joined(german, code, "de-AT", audio=True, formats=["pcm16"])
    assert (of(joining, "de")["state"], of(joining, "de")["fetchMb"]) == ("fetchable", 37)
    assert (joining["captions"]["language"], joining["speech"]) == ("de", None)
    await joined(spanish, code, "es")
    while await helpers.asked() != ["en-de"]:
        pass
    await helpers.fetch(en_de="fetching", en_it="absent")
    assert (await told(german, "de", "preparing"))["fetchMb"] == 37
    await told(spanish, "de", "preparing")
    await helpers.fetch(en_de="failed", en_it="absent")
    await german.until(lambda message: message["type"] == "languagesChanged" and of(message, "de").get("failed"))
    session_id = await session_id_of(redis, code)
    before = missed(await records(kafka, "transcripts", session_id))
    await helpers.fetch(en_de="fetched", en_it="absent")
    await helpers.translate("es", "de", lacking={"en": {"it": ["en-it"]}})
    await helpers.speak("es", "de")
    assert "fetchMb" not in await told(german, "de", "available")
    changed = await german.of_type("languageChanged")
    assert changed["speech"]["language"] == "de", "a voice came, too"
    await records(kafka, "transcripts", session_id, lambda found: missed(found) > before)
    await Publisher(redis, captions_channel(session_id, "de")).final(0, caption(0, "Guten Tag", language="de"))
    assert (await german.of_type("caption"))["text"] == "Guten Tag"
    assert await helpers.asked() == ["en-de"], "nobody asked for Italian"


async def test_where_nobody_fetches_the_language_is_refused(helpers: Helpers, connect: Connect) -> None:
    await helpers.forget()
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker)
    refused = await listener.ask("joinSession", sessionId=code, targetLanguage="de")
    assert (refused["code"], refused["available"]) == ("language-unavailable", ["en", "es"])
