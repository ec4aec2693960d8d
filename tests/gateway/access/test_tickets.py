"""Tickets: good once, for a short time, and for one socket."""

import asyncio
import time

import msgspec
import pytest
from redis.asyncio import Redis

from gateway.access.identity import ANYONE, Identity
from gateway.access.tickets import TICKET_S, issue, offered, redeem
from gateway.errors import RefusedError
from gateway.gateway import Gateway
from schemas.channels import ticket_key
from tests.gateway.access.conftest import Offer, ask_ticket, ticket_of, trusting
from tests.gateway.client import StartGateway, created
from tests.issuer import Issuer

ADA = Identity("ada", speaker=True, until=None)


async def test_a_ticket_is_good_once(redis: Redis) -> None:
    ticket = await issue(redis, ADA)
    assert await redeem(redis, ticket) == ADA
    with pytest.raises(RefusedError, match="used"):
        await redeem(redis, ticket)


async def test_of_many_who_offer_one_ticket_at_once_one_gets_in(redis: Redis) -> None:
    ticket = await issue(redis, ADA)
    found = await asyncio.gather(*(redeem(redis, ticket) for _ in range(20)), return_exceptions=True)
    assert [each for each in found if not isinstance(each, RefusedError)] == [ADA]


async def test_redis_holds_no_ticket_and_forgets_it_in_time(redis: Redis) -> None:
    ticket = await issue(redis, ADA)
    keys = [key async for key in redis.scan_iter(ticket_key("*"))]
    assert keys
    for key in keys:
        assert ticket.encode() not in key
        assert ticket.encode() not in await redis.get(key)
        assert 0 < await redis.pttl(key) <= TICKET_S * 1000


async def test_a_ticket_does_not_outlive_the_credential(redis: Redis) -> None:
    ticket = await issue(redis, Identity("ada", speaker=True, until=time.time() - 1))
    with pytest.raises(RefusedError):
        await redeem(redis, ticket)


async def test_an_unknown_ticket_is_refused_whatever_it_holds(redis: Redis) -> None:
    for ticket in ("", "x" * 4000, "*", "\udcff"):
        with pytest.raises(RefusedError):
            await redeem(redis, ticket)


def test_the_ticket_is_found_among_the_subprotocols() -> None:
    assert offered("dragoman.v1, ticket.abc_-") == "abc_-"
    assert offered("ticket.abc,dragoman.v1") == "abc"
    assert offered("dragoman.v1") is None
    assert offered("") is None


async def test_a_browser_opens_a_socket_with_a_ticket(closed: Gateway, issuer: Issuer, offer: Offer) -> None:
    status, answer = await ask_ticket(closed, issuer.token(realm={"roles": ["speaker"]}))
    assert (status, answer["expiresInMs"]) == (200, 30_000)
    client = await offer(closed, answer["ticket"])
    assert client.socket.protocol == "dragoman.v1"
    await created(client)


async def test_a_ticket_of_one_gateway_is_good_at_another(
    closed: Gateway, issuer: Issuer, start_gateway: StartGateway, offer: Offer
) -> None:
    other = await start_gateway(**trusting(issuer))
    await created(await offer(other, await ticket_of(closed, issuer.token(realm={"roles": ["speaker"]}))))


@pytest.mark.parametrize("kind", ["used", "made up"])
async def test_a_socket_with_a_bad_ticket_is_told_and_closed(
    kind: str, closed: Gateway, issuer: Issuer, offer: Offer
) -> None:
    """A thief who reads the handshake comes too late; whoever guesses has nothing."""
    ticket = "made-up"
    if kind == "used":
        ticket = await ticket_of(closed, issuer.token(realm={"roles": ["speaker"]}))
        await created(await offer(closed, ticket))
    thief = await offer(closed, ticket)
    assert thief.socket.protocol == "dragoman.v1"
    await thief.say("createSession", sourceLanguage="en")
    assert await thief.closed() == 4003
    assert [message["code"] for message in thief.passed] == ["unauthorized"]


@pytest.mark.parametrize("authorization", ["", "Basic abc", "Bearer", "Bearer x", "Bearer \udcff"])
async def test_no_ticket_without_a_credential(closed: Gateway, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    status, answer = await ask_ticket(closed, **headers)
    assert (status, answer["code"]) == (401, "unauthorized")


async def test_anyone_gets_a_ticket_where_anyone_may_speak(gateway: Gateway, redis: Redis, offer: Offer) -> None:
    _, answer = await ask_ticket(gateway)
    assert await redeem(redis, answer["ticket"]) == ANYONE
    assert msgspec.json.encode(ANYONE) == b'["",true,null]'
