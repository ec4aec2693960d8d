"""Leaving over HTTP: what a reader of a stream, to whom nothing can be said on it, says when it is closed for good."""

import asyncio
from typing import Any

import aiohttp
import pytest

from gateway.gateway import Gateway
from gateway.sessions.demand import Demand
from tests.gateway.client import Connect, StartGateway, created, eventually, joined
from tests.gateway.reader import Readers
from tests.gateway.sessions.asked import Scene
from tests.gateway.sessions.conftest import scene

__all__ = ["scene"]


async def leave(gateway: Gateway, code: str, listener: str, origin: str = "") -> tuple[int, str]:
    """Says so as a page's beacon does: status, and type or code of the answer."""
    url, headers = f"{gateway.url}/api/sessions/{code}/leave", {"Origin": origin} if origin else {}
    said = {"params": {"listener": listener}, "headers": headers}
    async with aiohttp.ClientSession() as http, http.post(url, **said) as answer:
        told = await answer.json()
        return answer.status, told.get("code", told["type"])


async def writing(demand: Demand) -> bool:
    """It is about to write, or does."""
    return demand._lock.locked()


async def settled(demand: Demand) -> bool:
    """Nothing is to be written."""
    return not (demand._lock.locked() or demand._writer or demand._lease.behind)


async def given_up(scene: Scene) -> None:
    """Waits until nobody is here; asserts that nobody is waited for."""
    await eventually(scene.nobody)
    assert await scene.absent() == 0


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("closed", ["before", "at once", "after"])
async def test_a_reader_who_says_so_leaves_nothing_asked_for(
    scene: Scene, readers: Readers, gateway: Gateway, start_gateway: StartGateway, elsewhere: bool, closed: str
) -> None:
    """The beacon of a page that is closed may come before the end of its stream or after it, to any gateway."""
    reader = await readers.read(scene.code)
    token = (await reader.of_type("sessionJoined"))["listener"]
    other = await start_gateway() if elsewhere else gateway
    if closed != "after":
        reader.response.close()
    if closed == "before":
        await eventually(scene.nobody)
        assert await scene.absent() == 1
    assert await leave(other, scene.code, token) == (200, "sessionLeft")
    if closed == "after":
        await reader.ended()
    await given_up(scene)
    await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and m["listeners"] == 0)
    await given_up(scene)


async def test_an_absence_that_another_gateway_notes_too_late_is_taken_back(
    scene: Scene, readers: Readers, gateway: Gateway, start_gateway: StartGateway
) -> None:
    """It has written who went before it is told, but behind the farewell."""
    assert gateway.parts
    reader, _ = await readers.read(scene.code), await readers.read(scene.code, "ca")
    token = (await reader.of_type("sessionJoined"))["listener"]
    live = gateway.parts.here.get(scene.session_id)
    assert live
    demand, go_on = live.demand, asyncio.Event()
    write = demand._lease.write

    async def slowly(listeners: Any) -> Any:
        await go_on.wait()
        return await write(listeners)

    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(demand._lease, "write", slowly)
        reader.response.close()
        await eventually(lambda: writing(demand))
        assert await leave(await start_gateway(), scene.code, token) == (200, "sessionLeft")
        go_on.set()
    await eventually(lambda: settled(demand))
    assert await scene.absent() == 0


async def test_others_of_the_language_stay(scene: Scene, readers: Readers, connect: Connect, gateway: Gateway) -> None:
    reader, socket, stays = await readers.read(scene.code), await connect(), await connect()
    token = (await reader.of_type("sessionJoined"))["listener"]
    of_socket = (await joined(socket, scene.code))["listener"]
    await joined(stays, scene.code)
    for listener in (token, token, of_socket):
        assert await leave(gateway, scene.code, listener) == (200, "sessionLeft")
    assert await socket.closed() == 1000
    await scene.speaker.until(lambda m: m.get("byLanguage") == {"es": {"captions": 1, "audio": 1, "both": 1}})
    assert (await scene.absent(), await scene.leases()) == (0, 1)


async def test_who_left_may_come_again(scene: Scene, readers: Readers, gateway: Gateway) -> None:
    reader = await readers.read(scene.code)
    token = (await reader.of_type("sessionJoined"))["listener"]
    await leave(gateway, scene.code, token)
    await reader.ended()
    again = await readers.read(scene.code, listener=token)
    assert (await again.of_type("sessionJoined"))["listener"] == token
    await scene.speaker.until(lambda m: m.get("byLanguage") == {"es": {"captions": 1, "audio": 0}})


async def test_nobody_else_can_make_somebody_leave(
    scene: Scene, readers: Readers, connect: Connect, gateway: Gateway
) -> None:
    other, _ = await created(await connect())
    token = (await joined(await connect(), other))["listener"]
    reader = await readers.read(scene.code)
    own = (await reader.of_type("sessionJoined"))["listener"]
    assert await leave(gateway, scene.code, token) == (403, "forbidden")
    assert await leave(gateway, scene.code, "") == (403, "forbidden")
    assert await leave(gateway, "calm-otter-100", own) == (404, "session-not-found")
    assert await leave(gateway, scene.code, own, "https://evil.example") == (403, "forbidden")
    assert (await scene.leases(), reader.response.closed) == (1, False)
