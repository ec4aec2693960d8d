"""What a gateway's log and figures say of those who come: never a credential, a ticket, or a name."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis

from dragoman.local.ports import free_ports
from tests.gateway.access.conftest import trusting
from tests.gateway.client import PATIENCE_S
from tests.gateway.test_program import environment
from tests.issuer import Issuer

SUBJECT = "ada-of-the-secret-club"


async def test_a_busy_and_besieged_gateway_says_nothing_of_its_credentials(
    kafka: str, redis_url: str, redis: Redis, issuer: Issuer, tmp_path: Path
) -> None:
    """As a program, at the level `debug`: libraries log, too."""
    port, operator_port = free_ports(2)
    output = tmp_path / "log"
    settings = {
        "kafka": kafka, "redis": redis_url, "secret": "s" * 32, "port": port, "operator_port": operator_port,
        "log_level": "debug", "drain_s": 0, **trusting(issuer),
    }  # fmt: skip
    issuer.subject, issuer.claims = SUBJECT, {"realm": {"roles": ["speaker"]}}
    with output.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", env=environment(**settings), stdout=log, stderr=log
        )
    try:
        said, figures = await besiege(issuer, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{operator_port}")
    finally:
        process.terminate()
        await process.wait()
    told = output.read_text() + figures
    assert "session.created" in told
    assert "dragoman_gateway_tickets_total" in told
    assert [secret[:12] for secret in said if secret in told] == []


async def besiege(issuer: Issuer, url: str, operator: str) -> tuple[list[str], str]:
    """Comes with good and bad credentials in all ways; what was shown, and the gateway's figures."""
    async with aiohttp.ClientSession() as http:
        await until_ready(http, f"{operator}/readyz")
        good, expired, forged = issuer.token(), issuer.token(exp=time.time() - 1), issuer.token()[:-8] + "AAAAAAAA"
        unknown = issuer.token(header={"kid": "nobody's"})
        tickets = [await ticket(http, url, good) for _ in range(2)]
        for credential in (expired, forged, unknown, "plain-nonsense"):
            await ticket(http, url, credential)
            await first(http, url, credential, ())
        token = await first(http, url, "", ("dragoman.v1", f"ticket.{tickets[0]}"))
        await first(http, url, "", ("dragoman.v1", f"ticket.{tickets[0]}"))  # used
        await first(http, url, "", (f"ticket.{tickets[1]}",))  # no subprotocol that the gateway knows
        await first(http, url, good, (f"ticket.{tickets[1]}", "other"))
        for credential in (good, expired, forged, "plain-nonsense"):
            await read_captions(http, url, {"ticket": credential, "pin": credential, "language": "es"}, "")
            await read_captions(http, url, {"listener": credential, "language": "es"}, credential)
        async with http.get(f"{operator}/metrics") as response:
            return [SUBJECT, good, expired, forged, unknown, "plain-nonsense", *tickets, token], await response.text()


async def until_ready(http: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with http.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def read_captions(http: aiohttp.ClientSession, url: str, query: dict[str, str], credential: str) -> None:
    headers = {"Authorization": f"Bearer {credential}"}
    async with http.get(f"{url}/api/sessions/no-such-code/captions", params=query, headers=headers) as response:
        assert response.status in (401, 404)


async def ticket(http: aiohttp.ClientSession, url: str, credential: str) -> str:
    async with http.post(f"{url}/api/tickets", headers={"Authorization": f"Bearer {credential}"}) as response:
        return str((await response.json()).get("ticket", ""))


async def first(http: aiohttp.ClientSession, url: str, token: str, protocols: tuple[str, ...]) -> str:
    """Creates a session, or tries to; its speakerToken."""
    async with http.ws_connect(f"{url}/ws", protocols=protocols) as socket:
        await socket.send_json({"action": "createSession", "sourceLanguage": "en", "token": token})
        answer: dict[str, Any] = await socket.receive_json()
        return str(answer.get("speakerToken", "no speakerToken"))
