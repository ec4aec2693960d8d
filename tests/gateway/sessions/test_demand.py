"""What listeners ask for, on real gateways: it outlives their sockets, ends when they leave, and is said in the log."""

import asyncio
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from gateway.gateway import Gateway
from gateway.listening.known import listener_of, new_listener, token_of
from gateway.listening.replacements import OFTEN
from schemas.channels import Lease, audience_key, owed_key
from tests.gateway.client import Connect, StartGateway, eventually, joined
from tests.gateway.sessions.asked import Scene
from tests.gateway.stopped_log import StoppedLog


async def test_a_socket_that_ends_politely_leaves_the_language_asked_for(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code)
    await listener.socket.close()
    await eventually(scene.nobody)
    assert (await scene.absent(), await scene.absent("speech", "es:ogg-opus")) == (1, 1)
    told = await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and m["listeners"] == 0)
    assert told["byLanguage"] == {}, "speakers are told of those who are there"


async def test_leaving_on_purpose_ends_it_at_once(scene: Scene, connect: Connect) -> None:
    listener, other = await connect(), await connect()
    await joined(listener, scene.code)
    await joined(other, scene.code, "ca")
    answer = await listener.ask("leaveSession", sessionId=scene.code)
    assert answer == {"type": "sessionLeft", "sessionId": scene.code, "requestId": answer["requestId"]}
    assert await scene.absent() == 0
    assert await listener.closed() == 1000
    await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and list(m["byLanguage"]) == ["ca"])
    assert await scene.absent() == 0


async def test_only_a_listener_can_leave(scene: Scene, connect: Connect) -> None:
    assert (await scene.speaker.ask("leaveSession", sessionId=scene.code))["code"] == "forbidden"
    assert (await (await connect()).ask("leaveSession", sessionId=scene.code))["code"] == "wrong-state"


async def test_who_comes_back_with_its_token_is_the_same_one(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    listener, again = await connect(), await connect(await start_gateway())
    token = (await joined(listener, scene.code))["listener"]
    await listener.socket.close()
    await eventually(scene.nobody)
    assert (await joined(again, scene.code, resume={"listener": token}))["listener"] == token
    assert await scene.absent() == 0
    await again.ask("leaveSession", sessionId=scene.code)
    assert (await scene.absent(), await scene.leases()) == (0, 0)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_socket_whose_listener_came_back_by_another_one_is_closed(
    scene: Scene, connect: Connect, start_gateway: StartGateway, elsewhere: bool
) -> None:
    """The network swallowed the end of the first one: nobody is counted twice, and nobody lingers."""
    to = await start_gateway() if elsewhere else None
    listener, again = await connect(), await connect(to)
    token = (await joined(listener, scene.code))["listener"]
    await joined(again, scene.code, resume={"listener": token})
    assert await listener.closed() == 1012, "it may be the one that lives"
    await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and m["listeners"] == 1)
    assert await scene.absent() == 0
    await again.ask("leaveSession", sessionId=scene.code)
    await eventually(scene.nobody)
    assert await scene.absent() == 0


async def test_a_join_that_the_network_delivers_late_does_not_throw_out_the_listener(
    scene: Scene, connect: Connect
) -> None:
    """Opened first, joined last: the page has given that socket up, and comes back in the place of its live one."""
    late, live, again = await connect(), await connect(), await connect()
    token = (await joined(await connect(), scene.code))["listener"]
    await joined(live, scene.code, resume={"listener": token})
    await joined(late, scene.code, resume={"listener": token})
    assert await live.closed() == 1012
    assert (await joined(again, scene.code, resume={"listener": token}))["listener"] == token
    assert await late.closed() == 1012
    await again.ask("setPlayback", sessionId=scene.code, paused=True)


async def test_two_that_share_a_token_soon_have_one_each(scene: Scene, connect: Connect) -> None:
    """They push each other out in turns, but not for ever."""
    sockets = [await connect()]
    token = (await joined(sockets[0], scene.code))["listener"]
    for _ in range(OFTEN):
        sockets.append(await connect())
        assert (await joined(sockets[-1], scene.code, resume={"listener": token}))["listener"] == token
        assert await sockets[-2].closed() == 1012
    other = await connect()
    assert (await joined(other, scene.code, resume={"listener": token}))["listener"] != token
    for client in (sockets[-1], other):
        assert (await client.ask("setPlayback", sessionId=scene.code, paused=True))["type"] == "playbackChanged"
    await scene.speaker.until(lambda m: m["type"] == "listenersChanged" and m["listeners"] == 2)


async def test_a_join_that_redis_did_not_take_leaves_the_older_socket_as_it_is(
    scene: Scene, connect: Connect, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gateway.parts
    listener, again = await connect(), await connect()
    token = (await joined(listener, scene.code))["listener"]

    async def refused(_: Any) -> Any:
        raise ConnectionError

    with monkeypatch.context() as away:
        away.setattr(gateway.parts.here.get(scene.session_id).demand._lease, "write", refused)
        answer = await again.ask("joinSession", sessionId=scene.code, targetLanguage="es", resume={"listener": token})
        assert answer["code"] == "unavailable"
    await again.socket.close()
    assert (await listener.ask("setPlayback", sessionId=scene.code, paused=True))["type"] == "playbackChanged"
    assert await scene.absent() == 0


async def test_another_language_ends_the_old_one_at_once(scene: Scene, connect: Connect) -> None:
    listener = await connect()
    await joined(listener, scene.code)
    await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="ca")
    await listener.socket.close()
    await eventually(scene.nobody)
    assert (await scene.absent(), await scene.absent("captions", "ca")) == (0, 1)


async def test_a_gateway_that_goes_away_in_order_leaves_its_listeners_absent(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    old = await start_gateway(drain_s=0)
    listener = await connect(old)
    await joined(listener, scene.code)
    await old.drain(asyncio.Event())
    await old.stop()
    await listener.closed()
    again = await connect()
    await joined(again, scene.code, "ca")
    assert (await scene.absent(), await scene.leases()) == (1, 1)


async def test_the_log_is_told_once_that_a_language_is_asked_for(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    here, there = await connect(), await connect(await start_gateway())
    await joined(here, scene.code)
    await joined(await connect(), scene.code, "en")
    await joined(there, scene.code)
    await joined(await connect(), scene.code, "ca")
    assert await scene.wanted(2) == ["es", "ca"]

    async def settled() -> bool:
        return not await scene.redis.hlen(owed_key(scene.session_id))  # type: ignore[misc]

    await eventually(settled)
    await here.socket.close()
    await joined(await connect(), scene.code)
    await there.ask("changeLanguage", sessionId=scene.code, targetLanguage="fr")
    assert await scene.wanted(3) == ["es", "ca", "fr"]


async def test_it_is_told_again_after_everybody_left_on_purpose(scene: Scene, connect: Connect) -> None:
    for times in (1, 2):
        listener = await connect()
        await joined(listener, scene.code, audio=False)
        assert await scene.wanted(times) == ["es"] * times
        await listener.ask("leaveSession", sessionId=scene.code)


async def test_nobody_waits_for_the_log_and_another_gateway_tells_it_if_need_be(
    scene: Scene, connect: Connect, gateway: Gateway, start_gateway: StartGateway
) -> None:
    cut = await start_gateway()
    assert cut.parts
    cut.parts.asking._log = StoppedLog(cut.parts.log)
    listener = await connect(cut)
    await joined(listener, scene.code)
    assert await scene.wanted(0) == []
    assert len(cut.parts.asking._under_way) == 1
    await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="en")
    await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="es")
    assert len(cut.parts.asking._under_way) == 1, "one delivery at a time"
    await cut.stop()
    await joined(await connect(), scene.code)
    assert await scene.wanted(1) == ["es"]


async def test_it_is_told_after_the_end_too_for_as_long_as_there_is_a_history(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    """The only reader comes back ten seconds late: what was missed is still missing in histories and exports."""
    forgetful = await start_gateway(history_s=0.001)
    await scene.speaker.ask("endSession", sessionId=scene.code)
    await joined(await connect(forgetful), scene.code, "fr")
    await joined(await connect(), scene.code, "es")
    assert await scene.wanted(1) == ["es"]


async def test_a_debt_that_is_paid_is_not_a_later_one(
    scene: Scene, connect: Connect, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody leaves and somebody comes while the log is slow: what was skipped meanwhile is missing, too."""
    assert gateway.parts
    asking, go_on = gateway.parts.asking, asyncio.Event()
    deliver = asking._log.deliver

    class SlowLog:
        async def deliver(self, *record: Any) -> None:
            await deliver(*record)
            await go_on.wait()

    monkeypatch.setattr(asking, "_log", SlowLog())
    first, second = await connect(), await connect()
    await joined(first, scene.code)
    assert await scene.wanted(1) == ["es"]
    await first.ask("leaveSession", sessionId=scene.code)
    await joined(second, scene.code)
    go_on.set()
    await second.ask("setPlayback", sessionId=scene.code, paused=True)

    async def nothing_is_owed() -> bool:
        await second.ask("setPlayback", sessionId=scene.code, paused=False)
        return not await scene.redis.hlen(owed_key(scene.session_id))  # type: ignore[misc]

    await eventually(nothing_is_owed)
    assert set(await scene.wanted(2)) == {"es"}, "it may be said a third time, which does no harm"


async def test_a_gateway_that_stops_leaves_no_write_of_a_lease_behind(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    stopped = await start_gateway()
    assert stopped.parts
    await joined(await connect(stopped), scene.code)
    demand = stopped.parts.here.get(scene.session_id).demand

    async def never(_: Any) -> Any:
        await asyncio.Event().wait()

    demand._lease.write = never  # type: ignore[method-assign]
    demand.write_soon()

    async def writing() -> bool:
        return demand._lock.locked()

    await eventually(writing)
    await stopped.stop()
    assert not demand._lock.locked()


def test_a_token_is_good_for_its_listener_and_session_only() -> None:
    secret, who = "s" * 32, new_listener()
    token = token_of(who, "a-1", secret)
    assert listener_of(token, "a-1", secret) == who
    assert listener_of(token, "b-1", secret) == ""
    assert listener_of(token, "a-1", "t" * 32) == ""
    for wrong in ("", ".", who, token + "x", "é." + token, f"{new_listener()}.{token.rpartition('.')[2]}"):
        assert listener_of(wrong, "a-1", secret) == ""


async def test_those_who_come_while_the_lease_is_written_are_written_together(
    scene: Scene, connect: Connect, gateway: Gateway, redis: Redis
) -> None:
    assert gateway.parts
    lease = gateway.parts.here.get(scene.session_id).demand._lease
    write, writes, go_on = lease.write, list[int](), asyncio.Event()

    async def slowly(listeners: Any) -> Any:
        writes.append(len(listeners))
        await go_on.wait()
        return await write(listeners)

    lease.write = slowly
    clients = [await connect() for _ in range(8)]
    joining = [asyncio.create_task(joined(client, scene.code)) for client in clients]

    async def all_wait() -> bool:
        return len(gateway.parts.here.get(scene.session_id).listeners) == 8

    await eventually(all_wait)
    go_on.set()
    await asyncio.gather(*joining)
    assert writes == [writes[0], 8]
    row = await redis.hget(audience_key(scene.session_id), gateway.parts.gateway_id)  # type: ignore[misc]
    assert msgspec.json.decode(row, type=Lease).listeners == 8
