"""The HTTP side."""

import aiohttp
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

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
