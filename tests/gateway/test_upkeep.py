"""What a gateway does from time to time with sockets that do nothing."""

import asyncio
from time import monotonic
from typing import cast

import msgspec
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from dragoman.runtime.version import version
from gateway.gateway import Gateway
from gateway.sockets.socket import MOST_OPENINGS
from gateway.upkeep import CROWDED_S, DEAD_S, Upkeep
from gateway.wire.peer import Peer
from schemas.channels import Presence, processes_key
from tests.gateway.client import Client, Connect, StartGateway, created, eventually, joined

FIRST_ACTION_S = 10.0


def upkeep(gateway: Gateway) -> Upkeep:
    """The upkeep of a gateway, for the time that the test says."""
    assert gateway.parts
    return Upkeep(gateway.parts, gateway._peers)


def figure(name: str, **labels: str) -> float:
    """What the gateways of this process counted so far."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def until_open(gateway: Gateway, sockets: int) -> None:
    """Waits until the gateway has so many sockets."""

    async def so() -> bool:
        return len(gateway._peers) == sockets

    await eventually(so)


async def lives(client: Client) -> bool:
    """The socket still answers."""
    return (await client.ask("heartbeat"))["type"] == "heartbeatAck"


async def test_a_client_that_answers_no_ping_is_reset_and_counted(gateway: Gateway, connect: Connect) -> None:
    before = figure("dragoman_gateway_dead_sockets_total")
    client = await connect()
    await until_open(gateway, 1)
    await upkeep(gateway).ping(monotonic() + DEAD_S + 1)
    assert await client.closed() == 1006
    await until_open(gateway, 0)
    assert figure("dragoman_gateway_dead_sockets_total") == before + 1


class Working:
    """A peer whose request waits: nothing that the client says is read meanwhile."""

    idle_since, closing, busy, seen = None, False, True, 0.0

    def __init__(self) -> None:
        self.done: list[str] = []

    def evict(self) -> None:
        self.done.append("evicted")

    def control(self, payload: bytes, opcode: int) -> None:
        self.done.append("pinged")


async def test_a_client_whose_request_waits_is_not_taken_for_silent(gateway: Gateway) -> None:
    peer = Working()
    assert gateway.parts
    looking = Upkeep(gateway.parts, {cast(Peer, peer)})
    await looking.ping(DEAD_S + 1)
    peer.busy = False
    await looking.ping(DEAD_S + 1)
    assert peer.done == ["pinged", "evicted"]


async def test_two_gateways_of_a_machine_are_two_to_operators_until_they_end(
    start_gateway: StartGateway, redis: Redis
) -> None:
    one, other, named = await start_gateway(), await start_gateway(), await start_gateway(instance="pod-7")
    names = []
    for each in (one, other, named):
        await upkeep(each).announce()
        assert each.parts
        names.append(each.parts.name)
    assert len(set(names)) == 3
    assert names[2] == "gateway pod-7"
    for name in names:
        assert await redis.hexists(processes_key(), name)
    await one.stop()
    await named.stop()
    assert [bool(await redis.hexists(processes_key(), name)) for name in names] == [False, True, False]


async def test_it_says_to_operators_that_it_is_there(gateway: Gateway, connect: Connect, redis: Redis) -> None:
    await connect()
    await until_open(gateway, 1)
    await upkeep(gateway).announce()
    assert gateway.parts
    said = await redis.hget(processes_key(), gateway.parts.name)
    there = msgspec.json.decode(said or b"", type=Presence)
    assert (there.gateway, there.connections, there.version) == (gateway.parts.gateway_id, 1, version())


async def test_a_client_that_answers_pings_stays(gateway: Gateway, connect: Connect) -> None:
    """The client's library answers while it waits for the next message."""
    speaker = await connect()
    await created(speaker)
    waiting = asyncio.create_task(speaker.closed())
    (peer,) = gateway._peers
    said = peer.seen
    await upkeep(gateway).ping()

    async def answered() -> bool:
        return peer.seen > said

    await eventually(answered)
    await upkeep(gateway).ping(peer.seen + DEAD_S)
    assert not peer.closing
    waiting.cancel()


async def test_a_socket_that_asks_for_no_session_is_closed(gateway: Gateway, connect: Connect) -> None:
    before = figure("dragoman_gateway_limited_total", limit="first_action")
    silent, talking = await connect(), await connect()
    await lives(talking)
    await until_open(gateway, 2)
    await upkeep(gateway).look_for_silent(monotonic() + FIRST_ACTION_S)
    assert [await client.closed() for client in (silent, talking)] == [4001, 4001]
    assert figure("dragoman_gateway_limited_total", limit="first_action") == before + 2


async def test_sockets_with_a_session_may_be_silent(gateway: Gateway, connect: Connect) -> None:
    speaker, listener = await connect(), await connect()
    code, _ = await created(speaker)
    await joined(listener, code)
    await upkeep(gateway).look_for_silent(monotonic() + 100 * FIRST_ACTION_S)
    assert await lives(speaker)
    assert await lives(listener)


async def test_who_typed_a_wrong_code_has_time_for_the_next(gateway: Gateway, connect: Connect) -> None:
    client = await connect()
    await until_open(gateway, 1)
    opened = next(iter(gateway._peers)).seen
    answer = await client.ask("joinSession", sessionId="calm-otter-100", targetLanguage="es")
    assert answer["code"] == "session-not-found"
    await upkeep(gateway).look_for_silent(opened + FIRST_ACTION_S)
    assert await lives(client)
    await upkeep(gateway).look_for_silent(monotonic() + FIRST_ACTION_S)
    assert await client.closed() == 4001


async def test_who_goes_on_typing_wrong_codes_is_closed_all_the_same(gateway: Gateway, connect: Connect) -> None:
    client = await connect()
    for _ in range(MOST_OPENINGS + 1):
        await client.ask("joinSession", sessionId="calm-otter-100", targetLanguage="es")
    (peer,) = gateway._peers
    since = peer.idle_since
    await client.ask("joinSession", sessionId="calm-otter-100", targetLanguage="es")
    assert peer.idle_since == since is not None
    await upkeep(gateway).look_for_silent(since + FIRST_ACTION_S)
    assert await client.closed() == 4001
    assert client.passed[-1]["code"] == "wrong-state"


async def test_of_too_many_silent_sockets_each_has_a_second(start_gateway: StartGateway, connect: Connect) -> None:
    gateway = await start_gateway(silent_sockets=2)
    silent = [await connect(gateway) for _ in range(2)]
    await until_open(gateway, 2)
    await upkeep(gateway).look_for_silent(monotonic() + 2 * CROWDED_S)
    assert all([await lives(client) for client in silent])
    speaker, one_more = await connect(gateway), await connect(gateway)
    await created(speaker)
    await until_open(gateway, 4)
    await upkeep(gateway).look_for_silent(monotonic() + 2 * CROWDED_S)
    assert [await client.closed() for client in (*silent, one_more)] == [4029] * 3
    assert await lives(speaker)


async def test_every_socket_that_ends_is_counted_by_its_code(gateway: Gateway, connect: Connect) -> None:
    codes = ("1000", "1009", "4001", "1006", "other")

    def ended() -> list[float]:
        return [figure("dragoman_gateway_sockets_closed_total", code=code) for code in codes]

    before, opened = ended(), figure("dragoman_gateway_sockets_opened_total")
    polite, big, silent, dead, odd = [await connect() for _ in range(5)]
    await until_open(gateway, 5)
    await polite.socket.close()
    await odd.socket.close(code=4999)
    await big.socket.send_str("x" * 70_000)
    await big.closed()
    await until_open(gateway, 2)
    assert dead.socket._response.connection
    dead.socket._response.connection.transport.abort()
    await until_open(gateway, 1)
    await upkeep(gateway).look_for_silent(monotonic() + FIRST_ACTION_S)
    await silent.closed()
    await until_open(gateway, 0)
    assert [now - then for now, then in zip(ended(), before, strict=True)] == [1, 1, 1, 1, 1]
    assert figure("dragoman_gateway_sockets_opened_total") == opened + 5
