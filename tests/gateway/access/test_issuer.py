"""The issuer as the gateway asks it: away, rotating, besieged, and wrong."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from gateway.access.issuer import Issuer as Asked
from gateway.access.issuer import is_safe
from gateway.errors import RefusedError
from gateway.gateway import Gateway
from gateway.metrics import ISSUER_FAILURES
from tests.gateway.access.conftest import Offer, trusting
from tests.gateway.client import StartGateway, created
from tests.issuer import Issuer
from tests.processes import until

SPEAKER = {"roles": ["speaker"]}


@pytest_asyncio.fixture
async def asked(issuer: Issuer) -> AsyncIterator[Asked]:
    """The gateway's side of the issuer, with keys."""
    asked = Asked(issuer.url)
    asked.start()
    await until(lambda: asked.known)
    yield asked
    await asked.stop()


def looks(issuer: Issuer) -> int:
    """How often the keys were asked for."""
    return issuer.asked.count("/realm/keys")


async def test_after_a_rotation_the_new_keys_are_found(asked: Asked, issuer: Issuer) -> None:
    old = issuer.token()
    assert await asked.key_of(old)
    issuer.rotate()
    assert await asked.key_of(issuer.token("ES256"))
    assert looks(issuer) == 2
    with pytest.raises(RefusedError):
        await asked.key_of(old)


async def test_whoever_makes_up_key_names_does_not_make_the_gateway_ask_the_issuer(
    asked: Asked, issuer: Issuer
) -> None:
    """One more request for a hundred tokens, however they come."""
    forged = [issuer.token(header={"kid": f"made-up-{n}"}) for n in range(100)]
    for tokens in (forged[:50], forged[50:]):
        found = await asyncio.gather(*map(asked.key_of, tokens), return_exceptions=True)
        assert all(isinstance(each, RefusedError) and each.code == "unauthorized" for each in found)
    assert looks(issuer) == 2


async def test_the_last_good_keys_are_kept_while_the_issuer_is_away(asked: Asked, issuer: Issuer) -> None:
    token = issuer.token()
    await issuer.stop()
    with pytest.raises(RefusedError):
        await asked.key_of(issuer.token(header={"kid": "made-up"}))  # it is asked, and is away
    assert await asked.key_of(token)


async def test_nonsense_from_the_issuer_does_not_replace_its_keys(asked: Asked, issuer: Issuer) -> None:
    token = issuer.token()
    issuer.published = []
    with pytest.raises(RefusedError):
        await asked.key_of(issuer.token(header={"kid": "made-up"}))
    assert await asked.key_of(token)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://somebody.else"},
        {"jwks_uri": None},
        {"jwks_uri": "http://somebody.else/keys"},
        {"token_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 7},
    ],
)
async def test_an_issuer_that_describes_itself_wrongly_is_not_believed(
    issuer: Issuer, wrong: dict[str, object]
) -> None:
    issuer.description = wrong
    asked = Asked(issuer.url, again_s=0.01)
    asked.start()
    await until(lambda: len(issuer.asked) >= 3)
    assert not asked.known
    assert asked.endpoints is None
    assert looks(issuer) == 0
    issuer.description = {}
    await until(lambda: asked.known)
    await asked.stop()


async def test_keys_are_not_followed_to_where_somebody_leads(asked: Asked, issuer: Issuer) -> None:
    issuer.description = {"jwks_uri": f"{issuer.url}/moved"}
    issuer.rotate()
    with pytest.raises(RefusedError):
        await asked.key_of(issuer.token())
    assert issuer.asked[-1] == "/realm/moved"


@pytest.mark.parametrize("page", ["<html>", "[" * 100_000, '{"keys": 7}', ""], ids=["html", "deep", "number", "empty"])
async def test_a_page_in_place_of_keys_is_a_failure_that_is_counted(asked: Asked, issuer: Issuer, page: str) -> None:
    failures = ISSUER_FAILURES._value.get()
    issuer.description, issuer.page = {"jwks_uri": f"{issuer.url}/page"}, page
    with pytest.raises(RefusedError):
        await asked.key_of(issuer.token(header={"kid": "made-up"}))
    await until(lambda: ISSUER_FAILURES._value.get() == failures + 1)
    assert await asked.key_of(issuer.token())


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example/realm", True),
        ("http://127.0.0.1:8080/realm", True),
        ("http://localhost/realm", True),
        ("http://login.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("", False),
    ],
)
def test_keys_are_read_only_where_nobody_can_change_them_on_the_way(url: str, safe: bool) -> None:
    assert is_safe(url) is safe


async def ready(gateway: Gateway) -> tuple[int, str]:
    """What the operator port says."""
    url = f"http://127.0.0.1:{gateway.operator_port}/readyz"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status, await response.text()


async def test_a_gateway_starts_without_its_issuer_and_says_so(
    start_gateway: StartGateway, issuer: Issuer, offer: Offer
) -> None:
    await issuer.stop()
    gateway = await start_gateway(ready=False, **trusting(issuer))
    await until(lambda: gateway.missing() == "not reachable: issuer")
    assert (await ready(gateway))[0] == 503
    client = await offer(gateway)
    token = issuer.token(realm=SPEAKER)
    answer = await client.ask("createSession", sourceLanguage="en", token=token)
    assert (answer["code"], answer["retryable"]) == ("unavailable", True)
    await issuer.start()
    await until(lambda: not gateway.missing())
    assert (await ready(gateway))[0] == 200
    await created(client, token=token)
    await issuer.stop()
    await created(await offer(gateway), token=token)
    assert not gateway.missing()
