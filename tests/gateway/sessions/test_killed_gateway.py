"""Whoever was at a gateway that was killed comes back, and newcomers find its places free."""

import asyncio
from typing import Any

import aiohttp
import pytest

from gateway.gateway import Gateway
from gateway.sessions.presence import NAMED_S
from schemas.channels import captions_channel, instance_key
from tests.gateway.client import Client, Connect, StartGateway, eventually, joined
from tests.gateway.program import Program, start_program
from tests.gateway.publisher import Publisher, caption
from tests.gateway.sessions.asked import Scene

LIMIT = 50


async def program(kafka: str, redis_url: str, **settings: Any) -> Program:
    limits = {"listeners_per_session": LIMIT, "ticket_rate": "none", "failed_join_rate": "none"}
    return await start_program(kafka, redis_url, **(limits | settings))


async def opened(http: aiohttp.ClientSession, to: Program | Gateway) -> Client:
    return Client(await http.ws_connect(f"http://127.0.0.1:{to.port}/ws"))


async def test_nobody_who_returns_from_a_killed_gateway_is_refused(
    scene: Scene, kafka: str, redis_url: str, start_gateway: StartGateway
) -> None:
    """A full session on one gateway, which is killed: all come to the other one, with tokens and without."""
    doomed, other = await program(kafka, redis_url), await start_gateway(listeners_per_session=LIMIT)
    spanish = Publisher(scene.redis, captions_channel(scene.session_id, "es"))
    await spanish.final(0, caption(0, "uno"))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        there = []

        async def entering(to: Program | Gateway, **members: Any) -> dict[str, Any]:
            there.append(client := await opened(http, to))
            return await client.ask("joinSession", sessionId=scene.code, targetLanguage="es", audio=False, **members)

        try:
            before = await asyncio.gather(*(entering(doomed) for _ in range(LIMIT)))
            assert {answer["type"] for answer in before} == {"sessionJoined"}
            assert (await entering(other))["code"] == "session-full"
        finally:
            await doomed.end()
        resumes = [
            {"captions": answer["captions"]["id"]} | ({"listener": answer["listener"]} if number % 2 else {})
            for number, answer in enumerate(before)
        ]
        after = await asyncio.gather(*(entering(other, resume=resume) for resume in resumes))
        assert {answer["type"] for answer in after} == {"sessionJoined"}, after
        assert [await scene.absent(), await scene.leases()] == [0, 1]
        assert (await entering(other))["code"] == "session-full"
        assert (await entering(other, resume={"captions": "0-2"}))["code"] == "session-full"
        assert (await entering(other, resume={"listener": "forged.token"}))["code"] == "session-full"
        known = await entering(other, resume={"listener": after[0]["listener"]})
        assert known["type"] == "sessionJoined", "also before its old socket is noticed dead"


async def test_newcomers_find_room_as_soon_as_a_gateway_is_killed(
    scene: Scene, kafka: str, redis_url: str, connect: Connect, start_gateway: StartGateway
) -> None:
    doomed, other = await program(kafka, redis_url), await start_gateway(listeners_per_session=1)
    async with aiohttp.ClientSession() as http:
        try:
            await joined(lost := await opened(http, doomed), scene.code)
        finally:
            await doomed.end()
        await lost.closed()
        newcomer = await connect(other)

        async def gets_in() -> bool:
            answer = await newcomer.ask("joinSession", sessionId=scene.code, targetLanguage="es")
            return answer["type"] == "sessionJoined"

        await eventually(gets_in)
    assert await scene.absent() == 1, "who was there may still come back"


async def test_a_successor_of_the_same_name_speaks_for_a_gateway_that_is_only_cut_off(
    scene: Scene, connect: Connect, start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.upkeep.RENEW_S", 3600)
    name = f"gateway-{scene.code}"
    cut_off = await start_gateway(instance=name)
    await joined(await connect(cut_off), scene.code)
    successor = await start_gateway(instance=name, listeners_per_session=1)
    newcomer = await connect(successor)

    async def gets_in() -> bool:
        answer = await newcomer.ask("joinSession", sessionId=scene.code, targetLanguage="es")
        return answer["type"] == "sessionJoined"

    await eventually(gets_in)
    assert 0 < await scene.redis.ttl(instance_key(name)) <= NAMED_S, "names of pods do not pile up"
