"""A transcript over HTTP."""

import json
import re

import aiohttp
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from gateway.gateway import Gateway
from schemas.channels import languages_key
from schemas.notice import NOTICE
from tests.dragoman.transcripts.spoken import SECOND, transcript, translation
from tests.gateway.client import Connect, StartGateway, created, joined
from tests.gateway.spoken_session import end, say, session_of

HOLE = translation(2 * SECOND, "", outcome="skipped", reason="deadline")


async def get(
    gateway: Gateway, code: str, query: str = "", **headers: str
) -> tuple[int, "aiohttp.typedefs.LooseHeaders", str]:
    """Status, headers and text."""
    url = f"{gateway.url}/api/sessions/{code}/transcript{query}"
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        return response.status, response.headers, await response.text()


async def spoken(gateway: Gateway, connect: Connect, redis: Redis, kafka: str, **members: object) -> str:
    """The code of a live session with text in two languages."""
    code, _ = await created(await connect(gateway), title="Of otters", **members)
    session = await session_of(gateway, code)
    await redis.sadd(languages_key(session.session_id), "es")
    await say(kafka, session, transcript(0, "Hello."), transcript(2 * SECOND, "Again."), translation(0, "Hola."), HOLE)
    return code


@pytest.mark.parametrize(
    ("query", "kind", "name", "holds"),
    [
        ("", "text/plain", "en.txt", "Hello. Again.\n"),
        ("?language=es&format=txt", "text/plain", "es.txt", "Hola.\n\n[missing: too late]\n"),
        ("?language=es-AR&format=srt", "application/x-subrip", "es.srt", "1\n00:00:00,000 --> 00:00:02,000"),
        (
            "?language=es&format=srt&clock=wall&offset=1:00&from=0",
            "application/x-subrip",
            "es.srt",
            "00:01:00,000 --> ",
        ),
        ("?language=es&format=vtt", "text/vtt", "es.vtt", "NOTE Of otters, 20"),
    ],
)
async def test_a_live_session_gives_what_there_is_until_now(
    gateway: Gateway, connect: Connect, redis: Redis, kafka: str, query: str, kind: str, name: str, holds: str
) -> None:
    code = await spoken(gateway, connect, redis, kafka)
    status, headers, text = await get(gateway, code, query)
    assert (status, headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    assert re.search(rf'attachment; filename="Of-otters\.20\d\d-\d\d-\d\d\.{name}"', headers["Content-Disposition"])
    assert headers["Cache-Control"] == "no-store"
    assert holds in text


async def test_the_wording_of_the_operator_is_in_files_pages_and_answers(
    start_gateway: StartGateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    plain, worded = await start_gateway(), await start_gateway(notice="By machines:\ncheck it.")
    code = await spoken(plain, connect, redis, kafka)
    for gateway, own, said in ((plain, "", NOTICE), (worded, "By machines: check it.", "By machines: check it.")):
        assert json.loads((await get(gateway, code, "?language=es&format=json"))[2])["notice"] == said
        assert (await joined(await connect(gateway), code))["notice"] == said
        async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/api/sessions/{code}") as response:
            assert (await response.json())["notice"] == own


async def test_json_tells_the_session_and_its_segments(
    gateway: Gateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    code = await spoken(gateway, connect, redis, kafka)
    _, _, text = await get(gateway, code, "?language=es&format=json")
    content = json.loads(text)
    assert (content["sessionId"], content["language"], content["state"]) == (code, "es", "live")
    assert [(each["text"], each["outcome"]) for each in content["segments"]] == [("Hola.", "ok"), ("", "skipped")]


async def test_an_ended_session_gives_all_more_than_the_history_holds(
    gateway: Gateway, connect: Connect, kafka: str
) -> None:
    speaker = await connect()
    code, _ = await created(speaker)
    session = await session_of(gateway, code)
    finals = [transcript(n * 2 * SECOND, f"number {n}.") for n in range(700)]
    await say(kafka, session, *finals, end("en", 1400 * SECOND))
    assert (await speaker.ask("endSession", sessionId=code))["type"] == "sessionEnded"
    _, _, text = await get(gateway, code)
    assert [f"number {n}." in text for n in range(700)] == [True] * 700


async def test_a_title_in_any_script_becomes_a_name_that_no_header_chokes_on(
    gateway: Gateway, connect: Connect
) -> None:
    code, _ = await created(await connect(), title='Über "水"\r\nSet-Cookie: a=b')
    status, headers, _ = await get(gateway, code)
    assert status == 200
    assert "Set-Cookie" not in headers
    assert "filename*=UTF-8''%C3%9Cber-%E6%B0%B4-Set-Cookie-a-b.20" in headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?language=fr", 400, "language-unavailable"),
        ("?language=%00", 400, "bad-message"),
        ("?format=pdf", 400, "bad-message"),
        ("?clock=sun", 400, "bad-message"),
        ("?from=noon", 400, "bad-message"),
    ],
)
async def test_what_cannot_be_had_is_told(
    gateway: Gateway, connect: Connect, redis: Redis, kafka: str, query: str, status: int, code: str
) -> None:
    said, _, text = await get(gateway, await spoken(gateway, connect, redis, kafka), query)
    error = json.loads(text)
    assert (said, error["code"]) == (status, code)
    assert error.get("available") == (["en", "es"] if code == "language-unavailable" else None)


async def test_whoever_may_not_listen_may_not_read(
    gateway: Gateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    code = await spoken(gateway, connect, redis, kafka, listeners="pin", pin="Ölpest %41")
    for query, headers in (("", {}), ("?pin=4711", {}), ("", {"X-Dragoman-Pin": "4711"}), ("?pin=%FF", {})):
        status, _, text = await get(gateway, code, query, **headers)
        assert (status, json.loads(text)["code"]) == (403, "forbidden")
        assert "Hello" not in text
    for query, headers in (
        ("?pin=%C3%96lpest%20%2541", {}),
        ("", {"X-Dragoman-Pin": "%C3%96lpest%20%2541"}),
    ):
        assert (await get(gateway, code, query, **headers))[0] == 200


async def test_a_session_that_does_not_exist_is_404(gateway: Gateway) -> None:
    assert (await get(gateway, "no-such-100"))[0] == 404


async def test_it_can_be_switched_off(start_gateway: StartGateway, connect: Connect) -> None:
    silent = await start_gateway(transcripts=False)
    code, _ = await created(await connect(silent))
    status, _, text = await get(silent, code)
    assert (status, json.loads(text)["code"]) == (403, "forbidden")
    async with aiohttp.ClientSession() as http, http.get(f"{silent.url}/api/sessions/{code}") as response:
        assert (await response.json())["transcripts"] == []


async def test_a_session_tells_in_which_languages_there_is_text(
    gateway: Gateway, connect: Connect, redis: Redis, kafka: str
) -> None:
    code = await spoken(gateway, connect, redis, kafka)
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/api/sessions/{code}") as response:
        assert (await response.json())["transcripts"] == ["en", "es"]


async def test_what_is_asked_for_is_counted(gateway: Gateway, connect: Connect) -> None:
    def counted(form: str, outcome: str) -> float:
        labels = {"format": form, "outcome": outcome}
        return REGISTRY.get_sample_value("dragoman_gateway_exports_total", labels) or 0

    code, _ = await created(await connect())
    asked = [("?format=srt", "srt", "ok"), ("?format=vtt&language=fr", "vtt", "language-unavailable")]
    asked += [("?format=x", "unknown", "bad-message")]
    for query, form, outcome in asked:
        before = counted(form, outcome)
        await get(gateway, code, query)
        assert counted(form, outcome) == before + 1
