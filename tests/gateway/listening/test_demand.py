"""What listeners ask for, on real gateways: it outlives their sockets, ends when they leave, and is said in the log."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from gateway.gateway import Gateway
from gateway.listening.known import listener_of, new_listener, token_of
from gateway.listening.replacements import OFTEN
from gateway.presence import NAMED_S
from schemas.channels import Lease, absent_key, audience_key, captions_channel, instance_key, owed_key
from schemas.messages import Message, Wanted
from tests.gateway.client import Client, Connect, StartGateway, created, eventually, joined
from tests.gateway.program import Program, start_program
from tests.gateway.publisher import Publisher, caption, session_id_of
from tests.gateway.records import records
from tests.gateway.stopped_log import StoppedLog


class Scene:
    """A session with its speaker."""

    def __init__(self, kafka: str, redis: Redis, speaker: Client, code: str, session_id: str) -> None:
        self.kafka, self.redis, self.speaker, self.code, self.session_id = kafka, redis, speaker, code, session_id

    async def absent(self, *asked: str) -> int:
        """How many are absent who asked for this."""
        return int(await self.redis.zcard(absent_key(self.session_id, *(asked or ("captions", "es")))))

    async def leases(self) -> int:
        """Gateways with listeners."""
        return int(await self.redis.hlen(audience_key(self.session_id)))  # type: ignore[misc]

    async def nobody(self) -> bool:
        """No lease is left."""
        return await self.leases() == 0

    async def wanted(self, languages: int) -> list[str]:
        """What gateways said in the log, once that are so many."""

        def enough(found: list[Message]) -> bool:
            return len(found) >= languages

        found = await records(self.kafka, "transcripts", self.session_id, enough)
        return [message.language for message in found if isinstance(message, Wanted)]


@pytest_asyncio.fixture
async def scene(connect: Connect, redis: Redis, kafka: str) -> Scene:
    """A session that just began."""
    speaker = await connect()
    code, _ = await created(speaker)
    return Scene(kafka, redis, speaker, code, await session_id_of(redis, code))


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
    assert gateway.around
    listener, again = await connect(), await connect()
    token = (await joined(listener, scene.code))["listener"]

    async def refused(_: Any) -> Any:
        raise ConnectionError

    with monkeypatch.context() as away:
        away.setattr(gateway.around.live[scene.session_id].demand._lease, "write", refused)
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
    assert cut.around
    cut.around.asking._log = StoppedLog(cut.around.log)
    listener = await connect(cut)
    await joined(listener, scene.code)
    assert await scene.wanted(0) == []
    assert len(cut.around.asking._under_way) == 1
    await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="en")
    await listener.ask("changeLanguage", sessionId=scene.code, targetLanguage="es")
    assert len(cut.around.asking._under_way) == 1, "one delivery at a time"
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
    assert gateway.around
    asking, go_on = gateway.around.asking, asyncio.Event()
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
    assert await scene.wanted(2) == ["es", "es"]


async def test_a_gateway_that_stops_leaves_no_write_of_a_lease_behind(
    scene: Scene, connect: Connect, start_gateway: StartGateway
) -> None:
    stopped = await start_gateway()
    assert stopped.around
    await joined(await connect(stopped), scene.code)
    demand = stopped.around.live[scene.session_id].demand

    async def never(_: Any) -> Any:
        await asyncio.Event().wait()

    demand._lease.write = never  # type: ignore[method-assign]
    demand.write_soon()

    async def writing() -> bool:
        return demand._lock.locked()

    await eventually(writing)
    await stopped.stop()
    assert not demand._lock.locked()


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
    assert gateway.around
    lease = gateway.around.live[scene.session_id].demand._lease
    write, writes, go_on = lease.write, list[int](), asyncio.Event()

    async def slowly(listeners: Any) -> Any:
        writes.append(len(listeners))
        await go_on.wait()
        return await write(listeners)

    lease.write = slowly
    clients = [await connect() for _ in range(8)]
    joining = [asyncio.create_task(joined(client, scene.code)) for client in clients]

    async def all_wait() -> bool:
        return len(gateway.around.live[scene.session_id].listeners) == 8

    await eventually(all_wait)
    go_on.set()
    await asyncio.gather(*joining)
    assert writes == [writes[0], 8]
    row = await redis.hget(audience_key(scene.session_id), gateway.around.gateway_id)  # type: ignore[misc]
    assert msgspec.json.decode(row, type=Lease).listeners == 8
