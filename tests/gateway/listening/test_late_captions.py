"""Finals that were revised after their time, against the real gateway and Redis: live, on joining, on coming back."""

from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import captions_channel, revisions_key, session_key
from tests.gateway.client import Client, Connect, StartGateway, created, joined
from tests.gateway.publisher import Publisher, caption, session_id_of


class Scene:
    """A session with a hole from 160 to 320 in its Spanish captions."""

    def __init__(self, redis: Redis, speaker: Client, code: str, session_id: str) -> None:
        self.redis, self.speaker, self.code, self.session_id = redis, speaker, code, session_id
        self.name = captions_channel(session_id, "es")
        self.spanish = Publisher(redis, self.name)
        self.catalan = Publisher(redis, captions_channel(session_id, "ca"))
        self.floor = Publisher(redis, captions_channel(session_id, "en"))

    async def hole(self) -> None:
        await self.spanish.final(0, caption(0, "uno"))
        await self.spanish.final(160, caption(160, "a hole"))
        await self.spanish.final(320, caption(320, "tres"))


@pytest_asyncio.fixture
async def scene(connect: Connect, redis: Redis) -> Scene:
    speaker = await connect()
    code, _ = await created(speaker)
    scene = Scene(redis, speaker, code, await session_id_of(redis, code))
    await scene.hole()
    return scene


def late(segment: int, text: str, revision: int = 2) -> bytes:
    return caption(segment, text, revision=revision)


def captions(client: Client) -> list[dict[str, Any]]:
    return [message for message in client.passed if message["type"] == "caption"]


def places(client: Client) -> list[tuple[str, str, str, str | None]]:
    """Text, id, previous and revision id of each."""
    return [(m["text"], m["id"], m["previous"], m.get("revisionId")) for m in captions(client)]


async def everything(scene: Scene, client: Client) -> list[tuple[str, str, str, str | None]]:
    """What the client got before something that comes now."""
    await scene.spanish.final(9_999, caption(9_999, "live"))
    await client.until(lambda m: m.get("text") == "live")
    return places(client)[:-1]


async def test_a_late_caption_comes_live_without_a_place_in_the_history(scene: Scene, connect: Connect) -> None:
    steady, fast = await connect(), await connect(binary=True)
    for client, members in ((steady, {}), (fast, {"mode": "fast"})):
        await joined(client, scene.code, history=0, **members)
    await scene.spanish.revised(7, late(160, "dos"))
    await scene.spanish.final(480, caption(480, "cuatro"))
    for client in (steady, fast):
        await client.until(lambda m: m.get("text") == "cuatro")
        assert places(client) == [("dos", "320-1", "320-1", "7-1"), ("cuatro", "480-1", "320-1", None)]
        assert [m.get("revised") for m in captions(client)] == [True, None]


async def test_who_joins_gets_the_history_as_it_is_now(scene: Scene, connect: Connect) -> None:
    await scene.spanish.revised(7, late(240, "dos y medio"))
    await scene.spanish.revised(8, late(160, "dos"))
    listener = await connect()
    answer = await joined(listener, scene.code)
    assert answer["captions"] == {"language": "es", "id": "320-1", "recovered": False, "revisions": "8-1"}
    assert await everything(scene, listener) == [
        ("uno", "0-1", "", None),
        ("dos", "160-1", "0-1", "8-1"),
        ("dos y medio", "160-1", "160-1", "7-1"),
        ("tres", "320-1", "160-1", None),
    ]


async def test_no_more_is_history_than_was_asked_for(scene: Scene, connect: Connect) -> None:
    await scene.spanish.revised(7, late(240, "dos y medio"))
    few, none = await connect(), await connect()
    await joined(few, scene.code, history=2)
    await joined(none, scene.code, history=0)
    assert await everything(scene, few) == [("dos y medio", "160-1", "160-1", "7-1"), ("tres", "320-1", "160-1", None)]
    await none.until(lambda m: m.get("text") == "live")
    assert len(captions(none)) == 1


async def test_a_language_that_was_filled_from_the_beginning_has_a_history(scene: Scene, connect: Connect) -> None:
    await scene.catalan.revised(3, caption(160, "dos", language="ca"))
    await scene.catalan.revised(4, caption(0, "u", language="ca"))
    listener = await connect()
    answer = await joined(listener, scene.code)
    await listener.of_type("caption")
    answer = await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="ca", history=20)
    assert answer["captions"] == {"language": "ca", "id": "", "recovered": False, "revisions": "4-1"}
    await listener.until(lambda m: m.get("text") == "dos")
    assert places(listener)[-2:] == [("u", "", "", "4-1"), ("dos", "", "", "3-1")]


async def test_a_session_that_is_over_still_has_a_language_that_was_filled_only(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    await scene.speaker.ask("endSession", sessionId=scene.code)
    await scene.redis.hset(session_key(scene.session_id), "updated_at", 1)
    await scene.catalan.revised(4, caption(0, "u", language="ca"))
    listener = await connect(await start_gateway())
    await joined(listener, scene.code, "ca")
    assert (await listener.of_type("caption"))["text"] == "u"


async def test_who_comes_back_gets_what_was_missed_as_it_is_now_and_then_what_was_revised(
    scene: Scene, connect: Connect
) -> None:
    await scene.spanish.revised(7, late(0, "uno, corrected", revision=2))
    await scene.spanish.revised(8, late(0, "uno, corrected again", revision=3))
    await scene.spanish.revised(9, late(240, "dos y medio"))
    await scene.spanish.revised(10, late(160, "dos"))
    listener = await connect()
    answer = await joined(listener, scene.code, resume={"captions": "0-1", "revisions": "7-1"})
    assert answer["captions"] == {"language": "es", "id": "320-1", "recovered": True, "revisions": "10-1"}
    assert await everything(scene, listener) == [
        ("dos", "160-1", "0-1", "10-1"),
        ("tres", "320-1", "160-1", None),
        ("uno, corrected again", "320-1", "320-1", "8-1"),
        ("dos y medio", "320-1", "320-1", "9-1"),
    ]


@pytest.mark.parametrize("revisions", [{}, {"revisions": ""}, {"revisions": "garbage"}])
async def test_who_knows_the_ids_of_the_history_only_gets_what_was_revised(
    scene: Scene, connect: Connect, revisions: dict[str, str]
) -> None:
    await scene.spanish.revised(7, late(0, "uno, corrected"))
    await scene.spanish.revised(8, late(160, "dos"))
    listener = await connect()
    await joined(listener, scene.code, resume={"captions": "320-1"} | revisions)
    assert await everything(scene, listener) == [
        ("uno, corrected", "320-1", "320-1", "7-1"),
        ("dos", "320-1", "320-1", "8-1"),
    ]


@pytest.mark.parametrize(("history", "told"), [(0, []), (1, ["dos"])])
async def test_who_knows_the_ids_of_the_history_only_gets_no_more_than_was_asked_for(
    scene: Scene, connect: Connect, history: int, told: list[str]
) -> None:
    """It comes back after each blip, and would get all of them again each time."""
    await scene.spanish.revised(7, late(160, "dos"))
    await scene.spanish.revised(8, late(0, "uno, corrected"))
    listener = await connect()
    await joined(listener, scene.code, history=history, resume={"captions": "320-1"})
    assert [text for text, *_ in await everything(scene, listener)] == told


async def test_who_joined_before_anything_was_revised_gets_all_of_it_on_coming_back(
    scene: Scene, connect: Connect
) -> None:
    first, again = await connect(), await connect()
    answer = await joined(first, scene.code, history=0)
    await scene.spanish.revised(0, late(0, "uno, corrected"))
    await scene.spanish.revised(1, late(160, "dos"))
    resume = {"captions": answer["captions"]["id"], "revisions": answer["captions"]["revisions"]}
    await joined(again, scene.code, history=0, resume=resume)
    assert [text for text, *_ in await everything(scene, again)] == ["uno, corrected", "dos"]


async def test_who_follows_the_ids_only_sees_an_unbroken_chain(scene: Scene, connect: Connect) -> None:
    """As a client of before does it: a `previous` that it has not seen means a gap, and it resumes from the last id."""
    await scene.spanish.revised(7, late(80, "uno y medio"))
    listener = await connect()
    await joined(listener, scene.code)
    await scene.spanish.revised(8, late(160, "dos"))
    await scene.spanish.final(480, caption(480, "cuatro"))
    await scene.spanish.revised(9, late(240, "dos y medio"))
    await everything(scene, listener)
    seen: set[str] = set()
    for message in captions(listener):
        assert not seen or message["previous"] in seen
        seen.add(message["id"])
    again = await connect()
    await joined(again, scene.code, resume={"captions": captions(listener)[-2]["id"]})
    await again.until(lambda m: m.get("text") == "live")
    assert [text for text, *_, revision in places(again) if not revision] == ["live"]


async def test_who_comes_back_too_late_gets_the_history_only(scene: Scene, connect: Connect) -> None:
    await scene.spanish.revised(7, late(0, "uno, corrected"))
    listener = await connect()
    answer = await joined(listener, scene.code, history=1, resume={"captions": "80-1", "revisions": "6-1"})
    assert answer["captions"]["recovered"] is False
    assert await everything(scene, listener) == [("tres", "320-1", "160-1", None)]


async def test_revisions_that_pub_sub_dropped_are_read(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code, history=0)
    await scene.spanish.revised(7, late(0, "first"))
    await scene.spanish.revised(8, late(160, "second"), quietly=True)
    await scene.spanish.revised(9, late(320, "third"))
    await listener.until(lambda m: m.get("text") == "third")
    await scene.spanish.revised(10, late(240, "last"), quietly=True)  # nothing follows it: the heads are compared
    await listener.until(lambda m: m.get("text") == "last")
    assert [m["text"] for m in captions(listener)] == ["first", "second", "third", "last"]


async def test_a_cut_subscription_loses_no_revision(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code, history=0)
    for n in range(20):
        if n % 5 == 2:
            await scene.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await scene.spanish.revised(n, late(n, str(n)))
    await listener.until(lambda m: m.get("text") == "19")
    assert [m["text"] for m in captions(listener)] == [str(n) for n in range(20)]


async def test_what_is_filled_again_after_redis_forgot_it_is_not_told_twice(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code, history=0)
    await scene.spanish.revised(7, late(0, "first"))
    await scene.spanish.revised(8, late(160, "second"))
    await listener.until(lambda m: m.get("text") == "second")
    await scene.redis.delete(revisions_key(scene.name))
    scene.spanish.last_revision = ""
    for offset, segment, text in ((7, 0, "first"), (8, 160, "second"), (9, 320, "third")):
        await scene.spanish.revised(offset, late(segment, text))
    await listener.until(lambda m: m.get("text") == "third")
    assert [m["text"] for m in captions(listener)] == ["first", "second", "third"]


@pytest.mark.parametrize("quietly", [False, True])
async def test_what_comes_for_the_first_time_in_another_life_of_redis_is_told_though_less_came_before_it(
    scene: Scene, connect: Connect, quietly: bool
) -> None:
    """Of one topic nothing is filled again: it lies too far back."""
    listener = await connect()
    await joined(listener, scene.code, history=0)
    await scene.spanish.revised(61, late(0, "first"), translations=9101)
    await listener.until(lambda m: m.get("text") == "first")
    await scene.redis.delete(revisions_key(scene.name))
    scene.spanish.last_revision = ""
    await scene.spanish.revised(0, late(160, "second"), translations=9102, quietly=quietly)
    if quietly:
        await scene.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await listener.until(lambda m: m.get("text") == "second")


async def test_what_cannot_be_read_is_passed_over_once(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code, history=0)
    await scene.spanish.revised(7, b"garbage")
    await scene.spanish.revised(8, late(160, "dos"))
    assert (await listener.of_type("caption"))["text"] == "dos"


async def test_speakers_see_their_own_words_as_they_are_now(connect: Connect, redis: Redis, gateway: Gateway) -> None:
    speaker = await connect()
    code, _ = await created(speaker, captions=True)
    floor = Publisher(redis, captions_channel(await session_id_of(redis, code), "en"))
    await floor.final(0, caption(0, "", language="en", outcome="skipped", reason="jump"))
    assert (await speaker.of_type("warning"))["code"] == "falling-behind"
    await floor.revised(5, caption(0, "", language="en", revision=2, outcome="skipped", reason="jump"))
    await floor.revised(6, caption(0, "one", language="en", revision=3))
    told = await speaker.until(lambda m: m.get("text") == "one")
    assert (told["revised"], told["segment"], told["revision"]) == (True, 0, 3)
    assert [m["type"] for m in speaker.passed].count("warning") == 1
