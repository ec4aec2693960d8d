"""Whose pages may talk to the gateway."""

import aiohttp
import pytest
from structlog.testing import capture_logs

from gateway.access.origins import Origins, origin_of
from gateway.errors import RefusedError
from gateway.gateway import Gateway
from tests.gateway.access.conftest import Offer, ask_ticket
from tests.gateway.client import StartGateway, created

ORIGINS = Origins("https://talks.example/dragoman", ("https://club.example:8443/", "http://intranet"))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "talks.example"),
        ("https://talks.example", "10.0.0.7:8080"),
        ("https://TALKS.example", "10.0.0.7:8080"),
        ("https://club.example:8443", "talks.example"),
        ("http://intranet", "talks.example"),
        ("http://192.168.1.7:8080", "192.168.1.7:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://localhost:8080", "localhost:8080"),
        ("http://lectern.local", "lectern.local"),
    ],
)
def test_own_and_listed_pages_may(origin: str | None, host: str) -> None:
    ORIGINS.check(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://talks.example",
        "https://talks.example:8443",
        "https://club.example",
        "https://talks.example.evil.example",
        "https://evil.example/https://talks.example",
        "null",
        "",
        "https://",
    ],
)
def test_pages_from_elsewhere_may_not(origin: str) -> None:
    with pytest.raises(RefusedError):
        ORIGINS.check(origin, "10.0.0.7:8080")


def test_a_name_that_leads_here_is_no_proof_of_being_at_home() -> None:
    """DNS rebinding: the page of a stranger's name, which resolves to this gateway for a moment."""
    with pytest.raises(RefusedError):
        ORIGINS.check("http://evil.example:8080", "evil.example:8080")


@pytest.mark.parametrize("host", ["[x", "[x]", "x]"])
def test_a_host_that_is_no_name_is_refused_like_others(host: str) -> None:
    with pytest.raises(RefusedError):
        ORIGINS.check(f"http://{host}", host)


def test_a_page_of_this_very_host_that_is_not_known_is_logged_once_with_what_to_set() -> None:
    origins = Origins("http://10.0.0.7:8080", ())
    with capture_logs() as logs:
        for origin in ("https://talks.example", "https://talks.example", "https://evil.example"):
            assert not origins.knows(origin, "talks.example")
    assert [(line["event"], line["origin"]) for line in logs] == [("site.unknown_name", "https://talks.example")]
    assert "DRAGOMAN_PUBLIC_URL" in logs[0]["set"]


def test_an_origin_is_written_as_browsers_do() -> None:
    assert origin_of("https://Talks.example:443/a?b") == "https://talks.example"
    assert origin_of("http://[::1]:8080") == "http://[::1]:8080"


async def test_a_page_from_elsewhere_opens_no_socket_and_gets_no_ticket(gateway: Gateway, offer: Offer) -> None:
    evil = "https://evil.example"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await offer(gateway, origin=evil)
    assert refused.value.status == 403
    status, answer = await ask_ticket(gateway, Origin=evil)
    assert (status, answer["code"]) == (403, "forbidden")
    async with aiohttp.ClientSession(headers={"Origin": evil}) as http:
        async with http.delete(f"{gateway.url}/api/sessions/calm-otter-100") as response:
            assert response.status == 403
        async with http.get(f"{gateway.url}/api/languages") as response:
            assert response.status == 200


async def test_own_and_listed_pages_open_sockets(start_gateway: StartGateway, offer: Offer) -> None:
    gateway = await start_gateway(origins="https://club.example")
    for origin in (gateway.url, "https://club.example"):
        await created(await offer(gateway, origin=origin))
