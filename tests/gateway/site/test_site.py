"""The HTTP side."""

import aiohttp
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from yarl import URL

from gateway.gateway import Gateway
from tests.gateway.client import Connect, created


async def get(gateway: Gateway, path: str) -> tuple[int, aiohttp.ClientResponse, str]:
    """A response, read."""
    async with aiohttp.ClientSession() as http, http.get(gateway.url + path) as response:
        return response.status, response, await response.text()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/speak", "text/html"),
        ("/listen/calm-otter-123", "text/html"),
        ("/about", "text/html"),
        ("/static/listen/listen.js", "text/javascript"),
        ("/static/style.css", "text/css"),
    ],
)
async def test_pages_are_served_and_load_nothing_from_elsewhere(gateway: Gateway, path: str, kind: str) -> None:
    status, response, text = await get(gateway, path)
    assert (status, response.content_type.replace("application/", "text/")) == (200, kind)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "http:" not in text
    assert "https://" not in text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/Speak", "/speak"),
        ("/speak/", "/speak"),
        ("/speak/?x=1", "/speak?x=1"),
        ("/listen", "/"),
        ("/listen/", "/"),
        ("/Listen/calm-otter-123/", "/listen/calm-otter-123"),
        ("/overlay/calm-otter-123/?language=es", "/overlay/calm-otter-123?language=es"),
        ("//evil.example/", ""),
        ("/listen/a/b", ""),
        ("/wp-login.php", ""),
    ],
)
async def test_mistyped_addresses_lead_to_the_page_that_is_meant_or_to_one_that_helps(
    gateway: Gateway, typed: str, meant: str
) -> None:
    async with aiohttp.ClientSession() as http:
        address = URL(gateway.url + typed, encoded=True)
        async with http.get(address, allow_redirects=False) as response:
            text = await response.text()
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            if meant:
                assert (response.status, response.headers["Location"]) == (302, meant)
            else:
                assert (response.status, response.content_type) == (404, "text/html")
                assert 'href="/speak"' in text


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/ws/"])
async def test_programs_get_the_plain_answer(gateway: Gateway, path: str) -> None:
    status, response, _ = await get(gateway, path)
    assert (status, response.content_type) == (404, "text/plain")


async def test_pages_know_what_is_kept_and_whether_this_is_an_address_of_the_gateway(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http:
        here = f"{gateway.url}/api/here"
        async with http.get(here, params={"origin": gateway.url}) as response:
            assert await response.json() == {"known": True, "audioHours": 24, "textHours": 168, "transcripts": True}
        stranger = {"Host": "talks.example"}
        async with http.get(here, params={"origin": "https://talks.example"}, headers=stranger) as response:
            assert (await response.json())["known"] is False


async def test_a_guest_may_know_what_a_session_is(gateway: Gateway, connect: Connect) -> None:
    code, _ = await created(await connect(), title="A talk", listeners="pin", pin="4711")
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/api/sessions/{code.upper()}") as response:
        told = await response.json()
    assert {name: told[name] for name in ("sessionId", "title", "sourceLanguage", "state", "listeners")} == {
        "sessionId": code,
        "title": "A talk",
        "sourceLanguage": "en",
        "state": "live",
        "listeners": "pin",
    }
    assert "4711" not in str(told)
    spanish = {"language": "es", "captions": True, "speech": True, "quality": "good", "speechQuality": "good"}
    assert spanish | {"state": "available"} in told["languages"]


async def test_a_session_that_does_not_exist_is_404(gateway: Gateway) -> None:
    before = REGISTRY.get_sample_value("dragoman_gateway_errors_total", {"code": "session-not-found"}) or 0
    status, response, _ = await get(gateway, "/api/sessions/no-such-100")
    assert status == 404
    assert REGISTRY.get_sample_value("dragoman_gateway_errors_total", {"code": "session-not-found"}) == before + 1
    assert (await response.json())["code"] == "session-not-found"


async def test_the_languages_are_those_of_the_workers(gateway: Gateway) -> None:
    _, response, _ = await get(gateway, "/api/languages")
    told = await response.json()
    assert [each["language"] for each in told["sourceLanguages"]["en"]] == ["en", "ca", "es", "fr"]


async def test_what_the_service_is_and_keeps_is_told(gateway: Gateway) -> None:
    _, response, _ = await get(gateway, "/api/about")
    told = await response.json()
    assert told["kept"] == {"soundS": 86_400, "textS": 604_800, "captionsS": 7_200, "transcripts": True}
    assert {"Kokoro", "OPUS-MT", "Whisper"} <= {work["name"] for work in told["works"]}


@pytest.mark.parametrize("path", ["/nothing", "/static/../gateway.py", "/static/%2e%2e/gateway.py", "/static/"])
async def test_nothing_else_is_served(gateway: Gateway, path: str) -> None:
    status, _, text = await get(gateway, path)
    assert status in (403, 404)
    assert "import" not in text


async def test_the_operator_port_tells_health_and_figures(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    client = await connect()
    await created(client)
    await client.ask("nonsense")
    texts = {}
    async with aiohttp.ClientSession() as http:
        for path in ("healthz", "readyz", "metrics"):
            async with http.get(f"http://127.0.0.1:{gateway.operator_port}/{path}") as response:
                assert response.status == 200
                texts[path] = await response.text()
    assert texts["readyz"] == "ready\n"
    assert 'dragoman_gateway_errors_total{code="unknown-action"}' in texts["metrics"]
    assert 'dragoman_gateway_sockets{role="speaker"}' in texts["metrics"]
