"""Who may do what: every row of the table, on real gateways in each mode."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.gateway import Gateway
from tests.gateway.access.conftest import KEY, Offer, ask_ticket, ticket_of, trusting
from tests.gateway.client import Client, StartGateway, created, joined
from tests.issuer import Issuer

SPEAKER = {"roles": ["speaker"]}
SECRET = "the tests' own secret of 32 bytes"

WHO: dict[str, Callable[[Issuer], str]] = {
    "stranger": lambda _: "",
    "wrong key": lambda _: KEY + ".",
    "key": lambda _: KEY,
    "speaker": lambda issuer: issuer.token(sub="ada", realm=SPEAKER),
    "other speaker": lambda issuer: issuer.token("ES256", sub="bob", realm=SPEAKER),
    "listener": lambda issuer: issuer.token(sub="eve", realm={"roles": ["guest"]}),
    "expired speaker": lambda issuer: issuer.token(sub="ada", realm=SPEAKER, exp=time.time() - 1),
    "former speaker": lambda issuer: issuer.token(sub="ada"),
}
OWNER = {"open": "stranger", "secret": "key", "oidc": "speaker"}


@pytest_asyncio.fixture
async def of_mode(start_gateway: StartGateway, issuer: Issuer) -> Callable[[str], Awaitable[Gateway]]:
    """A gateway in a mode."""
    settings: dict[str, dict[str, Any]] = {
        "open": {},
        "secret": {"auth": "secret", "speaker_key": KEY},
        "oidc": trusting(issuer),
    }
    return lambda mode: start_gateway(**settings[mode])


OPENINGS = [
    # mode, who, action, outcome
    ("open", "stranger", "create", "ok"),
    ("open", "wrong key", "create", "ok"),
    ("open", "stranger", "resume", "ok"),
    ("open", "stranger", "join guests", "ok"),
    ("open", "stranger", "join pin", "ok"),
    ("open", "stranger", "join wrong pin", "forbidden"),
    ("open", "stranger", "create signed-in", "bad-message"),
    ("secret", "stranger", "create", "unauthorized"),
    ("secret", "wrong key", "create", "unauthorized"),
    ("secret", "key", "create", "ok"),
    ("secret", "stranger", "resume", "unauthorized"),
    ("secret", "wrong key", "resume", "unauthorized"),
    ("secret", "key", "resume", "ok"),
    ("secret", "key", "resume without speakerToken", "unauthorized"),
    ("secret", "stranger", "join guests", "ok"),
    ("secret", "wrong key", "join guests", "ok"),
    ("secret", "stranger", "join pin", "ok"),
    ("secret", "stranger", "join wrong pin", "forbidden"),
    ("secret", "key", "join wrong pin", "forbidden"),
    ("secret", "stranger", "join signed-in", "unauthorized"),
    ("secret", "wrong key", "join signed-in", "unauthorized"),
    ("secret", "key", "join signed-in", "ok"),
    ("oidc", "stranger", "create", "unauthorized"),
    ("oidc", "wrong key", "create", "unauthorized"),
    ("oidc", "speaker", "create", "ok"),
    ("oidc", "listener", "create", "forbidden"),
    ("oidc", "expired speaker", "create", "unauthorized"),
    ("oidc", "stranger", "resume", "unauthorized"),
    ("oidc", "speaker", "resume", "ok"),
    ("oidc", "speaker", "resume without speakerToken", "unauthorized"),
    ("oidc", "other speaker", "resume", "forbidden"),
    ("oidc", "listener", "resume", "forbidden"),
    ("oidc", "expired speaker", "resume", "unauthorized"),
    ("oidc", "former speaker", "resume", "forbidden"),
    ("oidc", "stranger", "join guests", "ok"),
    ("oidc", "expired speaker", "join guests", "ok"),
    ("oidc", "stranger", "join pin", "ok"),
    ("oidc", "stranger", "join wrong pin", "forbidden"),
    ("oidc", "stranger", "join signed-in", "unauthorized"),
    ("oidc", "listener", "join signed-in", "ok"),
    ("oidc", "speaker", "join signed-in", "ok"),
    ("oidc", "expired speaker", "join signed-in", "unauthorized"),
]


@pytest.mark.parametrize("by", ["token", "ticket"])
@pytest.mark.parametrize(("mode", "who", "action", "outcome"), OPENINGS)
async def test_a_first_action_is_for_those_who_may(
    mode: str, who: str, action: str, outcome: str, by: str, of_mode: Any, issuer: Issuer, offer: Offer
) -> None:
    gateway, token = await of_mode(mode), WHO[who](issuer)
    asked = await session_for(action, await offer(gateway), WHO[OWNER[mode]](issuer))
    ticket = ""
    if by == "ticket" and token:
        status, answer = await ask_ticket(gateway, token)
        if status == 401:
            assert who in ("wrong key", "expired speaker")
            assert answer["code"] == "unauthorized"
        ticket, token = answer.get("ticket", ""), ""
    client = await offer(gateway, ticket)
    if token:
        asked["token"] = token
    answer = await client.ask(**asked)
    assert answer.get("code", "ok") == outcome


@pytest.mark.parametrize("by", ["token", "ticket"])
@pytest.mark.parametrize(("mode", "who", "action", "outcome"), [row for row in OPENINGS if row[2].startswith("join")])
async def test_captions_are_read_by_http_by_those_who_may_join(
    mode: str, who: str, action: str, outcome: str, by: str, of_mode: Any, issuer: Issuer, offer: Offer
) -> None:
    gateway, token = await of_mode(mode), WHO[who](issuer)
    asked = await session_for(action, await offer(gateway), WHO[OWNER[mode]](issuer))
    query = {"language": "es"} | {name: asked[name] for name in ("pin",) if name in asked}
    if by == "ticket" and token:
        _, answer = await ask_ticket(gateway, token)
        query["ticket"], token = answer.get("ticket", "none"), ""
        if query["ticket"] == "none":
            outcome = "unauthorized"  # a socket that offers none is a stranger's, a stream with a wrong one is refused
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{gateway.url}/api/sessions/{asked['sessionId']}/captions"
    async with aiohttp.ClientSession() as http, http.get(url, params=query, headers=headers) as answer:
        assert answer.status == {"ok": 200, "forbidden": 403, "unauthorized": 401}[outcome]
        if outcome != "ok":
            assert (await answer.json())["code"] == outcome


async def session_for(action: str, owner: Client, token: str) -> dict[str, Any]:
    """The message that tries an action, on a session of the owner's where it needs one."""
    what, _, how = action.partition(" ")
    if what == "create":
        return {"action": "createSession", "sourceLanguage": "en", "listeners": how or "guests"}
    pin = {"pin": "4711"} if how.endswith("pin") else {}
    listeners = {"guests": "guests", "pin": "pin", "wrong pin": "pin", "signed-in": "signed-in"}.get(how, "guests")
    code, speaker_token = await created(owner, listeners=listeners, token=token, **pin)
    if what == "resume":
        shown = "" if how else speaker_token
        return {"action": "resumeSession", "sessionId": code, "speakerToken": shown}
    said = {"pin": "4712"} if how == "wrong pin" else pin
    return {"action": "joinSession", "sessionId": code, "targetLanguage": "es", **said}


LATER: list[tuple[str, str, dict[str, Any], str]] = [
    # what the socket is, action, members, outcome
    ("speaker", "controlBroadcast", {"controlAction": "pause"}, "ok"),
    ("speaker", "getSessionStatus", {}, "ok"),
    ("speaker", "changeLanguage", {"targetLanguage": "ca"}, "forbidden"),
    ("speaker", "setPlayback", {"paused": True}, "forbidden"),
    ("listener", "sendAudio", {"audioData": "AAAA", "timestamp": 1}, "forbidden"),
    ("listener", "controlBroadcast", {"controlAction": "mute"}, "forbidden"),
    ("listener", "endSession", {}, "forbidden"),
    ("listener", "getSessionStatus", {}, "ok"),
    ("listener", "setPlayback", {"paused": True}, "ok"),
    ("nobody", "sendAudio", {"audioData": "AAAA", "timestamp": 1}, "wrong-state"),
    ("nobody", "controlBroadcast", {"controlAction": "mute"}, "wrong-state"),
    ("nobody", "endSession", {}, "wrong-state"),
    ("nobody", "getSessionStatus", {}, "wrong-state"),
    ("speaker of another", "sendAudio", {"audioData": "AAAA", "timestamp": 1}, "forbidden"),
    ("speaker of another", "controlBroadcast", {"controlAction": "mute"}, "forbidden"),
    ("speaker of another", "endSession", {}, "forbidden"),
    ("speaker of another", "getSessionStatus", {}, "forbidden"),
    ("listener of another", "getSessionStatus", {}, "forbidden"),
    ("listener of another", "changeLanguage", {"targetLanguage": "ca"}, "forbidden"),
    ("listener of another", "endSession", {}, "forbidden"),
]


@pytest.mark.parametrize(("role", "action", "members", "outcome"), LATER)
async def test_a_socket_does_what_its_role_may_in_its_own_session(
    role: str, action: str, members: dict[str, Any], outcome: str, closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    speaker, other = await offer(closed), await offer(closed)
    code, _ = await created(speaker, token=WHO["speaker"](issuer))
    if role.startswith("listener"):
        await joined(other, code)
    elif role == "speaker of another":
        await created(other, token=WHO["other speaker"](issuer))
    if role == "listener of another":
        owner = await offer(closed)
        code, _ = await created(owner, token=WHO["other speaker"](issuer))
    client = speaker if role == "speaker" else other
    answer = await client.ask(action, sessionId=code, **members)
    assert answer.get("code", "ok") == outcome


async def test_a_speaker_token_of_one_session_opens_no_other(closed: Gateway, issuer: Issuer, offer: Offer) -> None:
    _, speaker_token = await created(await offer(closed), token=WHO["speaker"](issuer))
    code, _ = await created(await offer(closed), token=WHO["speaker"](issuer))
    thief = await offer(closed)
    members = {"sessionId": code, "speakerToken": speaker_token, "token": WHO["speaker"](issuer)}
    assert (await thief.ask("resumeSession", **members))["code"] == "unauthorized"


async def test_whoever_was_refused_may_try_again_on_the_same_socket(
    closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    client = await offer(closed)
    assert (await client.ask("createSession", sourceLanguage="en", token="wrong"))["code"] == "unauthorized"
    await created(client, token=WHO["speaker"](issuer))


async def test_the_token_of_an_action_goes_before_the_ticket(closed: Gateway, issuer: Issuer, offer: Offer) -> None:
    client = await offer(closed, await ticket_of(closed, WHO["speaker"](issuer)))
    answer = await client.ask("createSession", sourceLanguage="en", token=WHO["listener"](issuer))
    assert answer["code"] == "forbidden"


BY_HTTP = [
    # mode, who, or whose speakerToken, DELETE, transcript of a signed-in session
    ("open", "stranger", 401, 200),
    ("open", "speakerToken", 200, 200),
    ("open", "speakerToken of another", 403, 200),
    ("secret", "stranger", 401, 401),
    ("secret", "key", 401, 200),
    ("secret", "wrong key", 401, 401),
    ("secret", "speakerToken", 200, 401),
    ("oidc", "stranger", 401, 401),
    ("oidc", "speaker", 200, 200),
    ("oidc", "other speaker", 403, 200),
    ("oidc", "listener", 403, 200),
    ("oidc", "expired speaker", 401, 401),
    ("oidc", "speakerToken", 200, 401),
    ("oidc", "speakerToken of another", 403, 401),
]


@pytest.mark.parametrize(("mode", "who", "deleted", "read"), BY_HTTP)
async def test_a_session_is_deleted_and_read_by_those_who_may(
    mode: str, who: str, deleted: int, read: int, of_mode: Any, issuer: Issuer, offer: Offer
) -> None:
    gateway, owner = await of_mode(mode), WHO[OWNER[mode]](issuer)
    listeners = "guests" if mode == "open" else "signed-in"
    code, token = await created(await offer(gateway), listeners=listeners, token=owner)
    _, token_of_another = await created(await offer(gateway), token=owner)
    tokens = {"speakerToken": token, "speakerToken of another": token_of_another}
    shown = tokens.get(who) or WHO[who](issuer)
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    url = f"{gateway.url}/api/sessions/{code}"
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(f"{url}/transcript") as answer:
            assert answer.status == read
        async with http.delete(url) as answer:
            assert answer.status == deleted
        async with http.get(url) as answer:
            assert answer.status == (404 if deleted == 200 else 200)


async def test_the_rows_hold_at_once_for_many(closed: Gateway, issuer: Issuer, offer: Offer) -> None:
    """An identity belongs to its socket: thirty at once are not mixed up."""
    names = [name for name in ("speaker", "listener", "stranger") for _ in range(10)]

    async def try_it(name: str) -> str:
        client = await offer(closed)
        answer = await client.ask("createSession", sourceLanguage="en", token=WHO[name](issuer))
        return str(answer.get("code", "ok"))

    found = await asyncio.gather(*map(try_it, names))
    assert found == ["ok"] * 10 + ["forbidden"] * 10 + ["unauthorized"] * 10
