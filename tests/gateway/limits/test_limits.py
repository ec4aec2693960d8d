"""What a client may do how often, at a real gateway behind a proxy that is trusted."""

import asyncio
import json
import random
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from gateway.errors import RefusedError
from gateway.gateway import Gateway
from gateway.limits.limits import Limits, check_limits
from gateway.sessions.sessions import Standing
from schemas.close_codes import CloseCode
from tests.gateway.client import Client, Connect, StartGateway, created, eventually, joined

NO_SUCH = "calm-otter-100"


@pytest.fixture
def address() -> str:
    """A client that no other test is (RFC 2544 addresses)."""
    return f"198.18.{random.randrange(256)}.{random.randrange(256)}"


@pytest.fixture
def other() -> str:
    """Another one."""
    return f"198.19.{random.randrange(256)}.{random.randrange(256)}"


@pytest_asyncio.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    """A gateway with tight limits."""
    return await tight(start_gateway)


async def tight(start_gateway: StartGateway, **changes: Any) -> Gateway:
    """One more of them."""
    limits = {"failed_join_rate": "3/hour", "failed_handshake_rate": "2/hour", "session_rate": "4/hour"}
    limits |= {"sessions_per_address": 2, "listeners_per_session": 2, "ticket_rate": "2/hour"}
    limits |= {"nameless_ticket_rate": "3/hour", "wrong_pin_rate": "3/hour"}
    return await start_gateway(**(limits | {"trusted_proxies": "127.0.0.1"} | changes))


def limits_of(gateway: Gateway) -> Limits:
    """The limits of a gateway."""
    assert gateway.parts
    return gateway.parts.limits


async def get(gateway: Gateway, path: str, address: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and JSON of a response."""
    headers = {"X-Forwarded-For": address}
    async with aiohttp.ClientSession() as http, http.get(gateway.url + path, headers=headers) as response:
        return response.status, dict(response.headers), json.loads(await response.read())


def is_refusal(answer: dict[str, Any], code: str = "rate-limited") -> bool:
    """An error that says when to come back."""
    assert answer["type"] == "error", answer
    assert answer["code"] == code, answer
    assert answer["retryable"]
    return 0 < answer["retryAfterMs"] <= 3_600_000


async def test_a_guesser_of_codes_is_refused_by_its_address(connect: Connect, address: str, other: str) -> None:
    speaker, guesser, stranger = await connect(address=other), await connect(address=address), await connect()
    code, _ = await created(speaker)
    for _ in range(3):
        answer = await guesser.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es")
        assert answer["code"] == "session-not-found"
    assert is_refusal(await guesser.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es"))
    again = await connect(address=address)
    assert is_refusal(await again.ask("joinSession", sessionId=code, targetLanguage="es")), "nor with a right code"
    await joined(stranger, code)


async def test_a_guesser_of_pins_is_refused_too(connect: Connect, address: str, other: str) -> None:
    code, _ = await created(await connect(address=other), listeners="pin", pin="4711")
    guesser = await connect(address=address)
    for pin in ("", "1", "2"):
        answer = await guesser.ask("joinSession", sessionId=code, targetLanguage="es", pin=pin)
        assert answer["code"] == "forbidden"
    assert is_refusal(await guesser.ask("joinSession", sessionId=code, targetLanguage="es", pin="4711"))


async def test_a_hall_that_mistypes_a_pin_is_shut_out_of_nothing_else(
    gateway: Gateway, connect: Connect, address: str, other: str
) -> None:
    """Neither of other sessions, with a PIN or without, nor of the page that asks for the PIN."""
    owner = await connect(address=other)
    code, _ = await created(owner, listeners="pin", pin="4711")
    elsewhere, _ = await created(await connect(address=other), listeners="pin", pin="4712")
    hall = await connect(address=address)
    for _ in range(4):
        answer = await hall.ask("joinSession", sessionId=code, targetLanguage="es", pin="0")
    assert is_refusal(answer)
    assert (await get(gateway, f"/api/sessions/{code}", address))[0] == 200
    await joined(hall, elsewhere, pin="4712")


async def test_guesses_of_pins_at_once_are_no_more_than_one_after_the_other(
    gateway: Gateway, connect: Connect, monkeypatch: pytest.MonkeyPatch, address: str, other: str
) -> None:
    code, _ = await created(await connect(address=other), listeners="pin", pin="4711")
    assert gateway.parts
    looked_up, opened, find = asyncio.Semaphore(0), asyncio.Event(), gateway.parts.lookup.by_code

    async def slowly(typed: str) -> Standing:
        standing = await find(typed)
        looked_up.release()
        await opened.wait()
        return standing

    monkeypatch.setattr(gateway.parts.lookup, "by_code", slowly)
    guesses = []
    for pin in ("1", "2", "3", "4", "5"):
        guesser = await connect(address=address)
        guesses.append(asyncio.create_task(guesser.ask("joinSession", sessionId=code, targetLanguage="es", pin=pin)))
        await looked_up.acquire()
    opened.set()
    answers = await asyncio.gather(*guesses)
    assert sorted(answer["code"] for answer in answers) == ["forbidden"] * 3 + ["rate-limited"] * 2


async def test_guesses_by_http_count_as_well(gateway: Gateway, connect: Connect, address: str) -> None:
    for _ in range(3):
        assert (await get(gateway, f"/api/sessions/{NO_SUCH}", address))[0] == 404
    status, headers, answer = await get(gateway, f"/api/sessions/{NO_SUCH}", address)
    assert status == 429
    assert is_refusal(answer)
    assert 0 < int(headers["Retry-After"]) <= 3600
    client = await connect(address=address)
    assert is_refusal(await client.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es"))


async def test_a_hall_behind_one_address_gets_in(connect: Connect, gateway: Gateway, address: str, other: str) -> None:
    """Who types the right code is charged nothing, and a few who mistype it do not lock the others out."""
    codes = [(await created(await connect(address=other)))[0] for _ in range(2)]
    hall = [await connect(address=address) for _ in range(4)]
    for _ in range(2):
        await hall[0].ask("joinSession", sessionId=NO_SUCH, targetLanguage="es")
    for place, client in enumerate(hall):
        await joined(client, codes[place % 2])
    for _ in range(20):
        assert (await get(gateway, f"/api/sessions/{codes[0]}", address))[0] == 200


async def test_who_has_joined_stays_when_the_address_is_refused(connect: Connect, address: str, other: str) -> None:
    code, _ = await created(await connect(address=other))
    listener, guesser = await connect(address=address), await connect(address=address)
    await joined(listener, code)
    for _ in range(4):
        await guesser.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es")
    assert (await listener.ask("changeLanguage", sessionId=code, targetLanguage="ca"))["type"] == "languageChanged"


async def test_a_guesser_has_no_more_guesses_at_another_gateway(
    connect: Connect, start_gateway: StartGateway, address: str
) -> None:
    elsewhere = await tight(start_gateway)
    here, there = await connect(address=address), await connect(elsewhere, address=address)
    for _ in range(3):
        await here.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es")
    assert is_refusal(await there.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es"))


async def test_an_address_that_a_client_makes_up_does_not_help(start_gateway: StartGateway, connect: Connect) -> None:
    direct = await tight(start_gateway, trusted_proxies="", failed_join_rate="2/second")
    answers = []
    for last in range(30):  # whichever second it is
        client = await connect(direct, address=f"203.0.113.{last}")
        answers.append((await client.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es"))["code"])
    assert "rate-limited" in answers


async def test_an_address_creates_so_many_sessions_an_hour(
    connect: Connect, start_gateway: StartGateway, address: str
) -> None:
    gateway = await tight(start_gateway, sessions_per_address=0)
    for _ in range(4):
        await created(await connect(gateway, address=address))
    client = await connect(gateway, address=address)
    assert is_refusal(await client.ask("createSession", sourceLanguage="en"))


async def test_an_address_has_so_many_sessions_at_once(connect: Connect, address: str, other: str) -> None:
    first, second, third = [await connect(address=address) for _ in range(3)]
    code, _ = await created(first)
    await created(second)
    assert is_refusal(await third.ask("createSession", sourceLanguage="en"))
    await created(await connect(address=other))
    assert (await first.ask("endSession", sessionId=code))["type"] == "sessionEnded"


async def test_a_session_takes_so_many_listeners_over_all_gateways(
    connect: Connect, gateway: Gateway, start_gateway: StartGateway, address: str
) -> None:
    elsewhere = await tight(start_gateway)
    answer = await (await connect(address=address)).ask("createSession", sourceLanguage="en")
    code = answer["sessionId"]
    listeners = [await connect(address=address), await connect(elsewhere, address=address)]
    for listener in listeners:
        await joined(listener, code)
    for to in (gateway, elsewhere):
        full = await connect(to, address=address)
        assert is_refusal(await full.ask("joinSession", sessionId=code, targetLanguage="es"), "session-full")
    moderator = await connect(address=address)  # whom a full hall needs most
    await joined(moderator, code, audio=False, moderatorToken=answer["moderatorToken"])
    await moderator.socket.close()
    await listeners[1].socket.close()
    waiting = await connect(address=address)

    async def gets_in() -> bool:
        answer = await waiting.ask("joinSession", sessionId=code, targetLanguage="es")
        return answer["type"] == "sessionJoined"

    await eventually(gets_in)


async def test_refused_handshakes_are_charged_and_good_ones_are_not(
    gateway: Gateway, connect: Connect, address: str
) -> None:
    headers = {"X-Forwarded-For": address}
    statuses = []
    async with aiohttp.ClientSession() as http:
        for _ in range(4):
            async with http.get(f"{gateway.url}/ws", headers=headers) as response:
                statuses.append(response.status)
            await (await connect()).socket.close()
        assert statuses == [400, 400, 429, 429]
        assert int(response.headers["Retry-After"]) > 0
    await is_sent_away(await connect(address=address))
    await connect()


async def is_sent_away(client: Client) -> None:
    """Told on the socket why and until when: of a handshake that is refused a page learns nothing."""
    assert is_refusal(await client.of_type("error"))
    assert await client.closed() == CloseCode.TOO_MANY


async def test_a_gateway_takes_so_many_sockets(start_gateway: StartGateway, connect: Connect) -> None:
    gateway = await tight(start_gateway, sockets=2)
    clients = [await connect(gateway) for _ in range(2)]
    await is_sent_away(await connect(gateway))
    await clients[0].socket.close()

    async def room() -> bool:
        return len(gateway._peers) < 2

    await eventually(room)
    await connect(gateway)


async def test_tickets_are_charged_by_person_or_else_by_address(gateway: Gateway, address: str, other: str) -> None:
    """A hall of people who signed in sits behind one address."""
    limits, person = limits_of(gateway), f"person at {address}"
    for subject, most in ((person, 2), ("", 3)):
        for _ in range(most):
            await limits.ticket(subject, address)
        with pytest.raises(RefusedError) as refused:
            await limits.ticket(subject, address)
        assert refused.value.retry_after_ms
    await limits.ticket(f"somebody else at {address}", address)
    await limits.ticket("", other)


async def test_wrong_credentials_are_charged_however_they_are_shown(
    connect: Connect, start_gateway: StartGateway, address: str, other: str
) -> None:
    """Many on one socket, by ticket, for a transcript, for a deletion; who shows none is charged nothing."""
    closed = await tight(start_gateway, auth="secret", speaker_key="k" * 20, failed_handshake_rate="4/hour")
    key = {"sourceLanguage": "en", "token": "k" * 20}
    code = (await (await connect(closed, address=other)).ask("createSession", **key, listeners="signed-in"))[
        "sessionId"
    ]
    stranger, guesser = await connect(closed, address=address), await connect(closed, address=address)
    for _ in range(6):
        assert (await stranger.ask("createSession", sourceLanguage="en"))["code"] == "unauthorized"
    assert (await guesser.ask("createSession", sourceLanguage="en", token="wrong"))["code"] == "unauthorized"
    wrong = {"X-Forwarded-For": address, "Authorization": "Bearer wrong"}
    url = f"{closed.url}/api"
    async with aiohttp.ClientSession(headers=wrong) as http:
        statuses = [
            (await http.post(f"{url}/tickets")).status,
            (await http.get(f"{url}/sessions/{code}/transcript")).status,
            (await http.delete(f"{url}/sessions/{code}")).status,
            (await http.post(f"{url}/tickets")).status,
        ]
    assert statuses == [401, 401, 401, 429]
    assert is_refusal(await guesser.ask("createSession", **key)), "nor with the right one"


async def test_every_refusal_is_counted_by_its_limit(gateway: Gateway, connect: Connect, address: str) -> None:
    client = await connect(address=address)
    for _ in range(4):
        await client.ask("joinSession", sessionId=NO_SUCH, targetLanguage="es")
    url = f"http://127.0.0.1:{gateway.operator_port}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert 'dragoman_gateway_limited_total{limit="failed_join"}' in await response.text()


@pytest.mark.parametrize(
    "changes", [{"session_rate": "many"}, {"trusted_proxies": "10.0.0.1/8"}, {"failed_join_rate": ""}]
)
def test_limits_that_cannot_be_read_are_refused_at_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(DragomanError, match=f"DRAGOMAN_{next(iter(changes)).upper()}"):
        check_limits(Settings(**changes))
