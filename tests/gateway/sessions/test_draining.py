"""A gateway that is told to end sends its clients elsewhere first."""

import asyncio

import aiohttp
import pytest
from redis.asyncio import Redis

from dragoman.client.listener import Listener, Missed
from dragoman.client.speaker import Speaker
from gateway.gateway import Gateway
from schemas.channels import captions_channel
from schemas.messages import Audio
from schemas.socket import Caption
from tests.gateway.client import Client, Connect, StartGateway, created, pcm
from tests.gateway.publisher import Publisher, caption, ended, session_id_of
from tests.gateway.records import records


async def test_clients_are_told_and_closed_within_the_time_and_nobody_is_taken_in(
    start_gateway: StartGateway, connect: Connect
) -> None:
    gateway = await start_gateway(drain_s=1)
    clients: list[Client] = [await connect(gateway) for _ in range(8)]
    await created(clients[0])
    going = asyncio.create_task(gateway.drain(asyncio.Event()))
    told = [(await client.of_type("reconnect"))["afterMs"] for client in clients]
    assert all(0 <= after_ms <= 1000 for after_ms in told)
    assert len(set(told)) > 1, "they would all come back in one instant"
    assert gateway.missing() == "going away"
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/ws") as response:
        assert response.status == 503
    assert [await client.closed() for client in clients] == [1012] * 8
    await going


async def test_who_is_in_a_hurry_does_not_wait(start_gateway: StartGateway, connect: Connect) -> None:
    gateway, hurry = await start_gateway(drain_s=1000), asyncio.Event()
    client = await connect(gateway)
    going = asyncio.create_task(gateway.drain(hurry))
    await client.of_type("reconnect")
    hurry.set()
    await going
    closing = asyncio.create_task(client.closed())
    await gateway.stop()
    assert await closing == 1012


async def test_who_comes_back_at_once_is_not_taken_in_again(start_gateway: StartGateway, connect: Connect) -> None:
    """Pages do; the gateway would wait for them up to its last moment."""
    gateway = await start_gateway()
    client = await connect(gateway)
    stopping = asyncio.create_task(gateway.stop())
    assert await client.closed() == 1012
    with pytest.raises(aiohttp.ClientConnectorError):
        await connect(gateway)
    await stopping


async def test_a_deploy_in_the_middle_of_speech_loses_and_repeats_nothing(
    start_gateway: StartGateway, kafka: str, redis: Redis
) -> None:
    """Both clients go over to the other gateway when they are told to."""
    old, new = await start_gateway(drain_s=0.5), await start_gateway()
    urls = f"{old.url}, {new.url}"
    async with Speaker.create(urls, "en") as speaker:
        session_id = await session_id_of(redis, speaker.code)
        spanish = Publisher(redis, captions_channel(session_id, "es"))
        async with Listener.join([old.url, new.url], speaker.code, "es", audio=False) as listener:
            heard = asyncio.create_task(_hear(listener))
            position = 0
            going = asyncio.create_task(_go(old))
            while not (going.done() and speaker.reconnects and listener.reconnects):
                speaker.send(pcm(1600, position))
                await spanish.final(position, caption(position, str(position)))
                position += 1600
                await asyncio.sleep(0.02)
            await speaker.delivered()
            await spanish.final(position, ended(speaker.code))
            assert await heard == [str(segment) for segment in range(0, position, 1600)]
    end = 0
    for message in await records(kafka, "audio", session_id):
        assert isinstance(message, Audio)
        assert message.position <= end, "a hole"
        assert message.pcm == pcm(len(message.pcm) // 2, message.position)
        end = max(end, message.until)
    assert end == position


async def _go(gateway: Gateway) -> None:
    await gateway.drain(asyncio.Event())
    await gateway.stop()


async def _hear(listener: Listener) -> list[str]:
    texts = []
    async for message in listener.messages():
        assert not isinstance(message, Missed)
        if isinstance(message, Caption):
            texts.append(message.text)
    return texts
