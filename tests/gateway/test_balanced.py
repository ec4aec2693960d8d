"""Two gateways behind a plain load balancer that keeps nobody where they were: nobody notices."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import aiohttp
import pytest_asyncio
from redis.asyncio import Redis

from schemas.channels import captions_channel, speech_channel
from tests.gateway.balancer import Balancer
from tests.gateway.client import Client, accepted, created, joined, send_audio
from tests.gateway.program import Program, start_program
from tests.gateway.publisher import Publisher, caption, session_id_of, speech

Connect = Callable[[], Awaitable[Client]]


class Pair(NamedTuple):
    """Two gateways and what stands before them."""

    balancer: Balancer
    programs: dict[int, Program]
    """By port."""
    connect: Connect
    """Opens a socket by the balancer: each at the gateway that did not get the one before."""
    http: aiohttp.ClientSession


@pytest_asyncio.fixture
async def pair(kafka: str, redis_url: str, redis: Redis) -> AsyncIterator[Pair]:
    """Two gateways that know nothing of each other."""
    async with AsyncExitStack() as stack:
        programs = {}
        for _ in range(2):
            program = await start_program(kafka, redis_url)
            stack.push_async_callback(program.end)
            programs[program.port] = program
        balancer = await stack.enter_async_context(Balancer(*programs))
        connector = aiohttp.TCPConnector(force_close=True)  # each request is a connection
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))

        async def connect() -> Client:
            socket = await http.ws_connect(f"{balancer.url}/ws", protocols=("dragoman.v1",))
            stack.push_async_callback(socket.close)
            return Client(socket)

        for program in programs.values():
            while await status(http, f"http://127.0.0.1:{program.operator_port}/readyz") != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield Pair(balancer, programs, connect, http)


async def status(http: aiohttp.ClientSession, url: str) -> int:
    async with http.get(url) as response:
        return response.status


async def resumed(client: Client, code: str, token: str) -> dict[str, Any]:
    """Resumes as soon as the gateway can say where the audio ends."""
    while True:
        answer = await client.ask("resumeSession", sessionId=code, speakerToken=token)
        if answer["type"] == "sessionResumed":
            return answer
        assert answer["retryable"], answer
        await asyncio.sleep(0.1)


async def test_speaker_and_listeners_meet_wherever_they_land(pair: Pair, redis: Redis) -> None:
    speaker, there, here = [await pair.connect() for _ in range(3)]
    assert sorted(pair.balancer.taken.values()) == [1, 2]
    code, _ = await created(speaker)
    for listener in (there, here):
        await joined(listener, code)
    await speaker.until(lambda message: message["type"] == "listenersChanged" and message["listeners"] == 2)
    await send_audio(speaker, code)
    await accepted(speaker, 1600)
    session_id = await session_id_of(redis, code)
    await Publisher(redis, captions_channel(session_id, "es")).final(0, caption(0, "hola"))
    await Publisher(redis, speech_channel(session_id, "es", "ogg-opus")).final(0, speech(0, b"OggS"))
    for listener in (there, here):
        assert (await listener.of_type("caption"))["text"] == "hola"
        assert (await listener.of_type("translatedAudio"))["audio"] == b"OggS"
    await speaker.ask("controlBroadcast", sessionId=code, controlAction="pause")
    for listener in (there, here):
        assert (await listener.of_type("speakerState"))["state"] == "paused"


async def test_who_comes_back_lands_on_the_other_one_and_misses_nothing(pair: Pair, redis: Redis) -> None:
    speaker, listener = [await pair.connect() for _ in range(2)]
    code, token = await created(speaker)
    await joined(listener, code, audio=False)
    captions = Publisher(redis, captions_channel(await session_id_of(redis, code), "es"))
    await captions.final(0, caption(0, "one"))
    known = (await listener.of_type("caption"))["id"]
    await send_audio(speaker, code)
    await accepted(speaker, 1600)
    await speaker.socket.close()
    await listener.socket.close()
    await captions.final(160, caption(160, "two"))
    for turn in range(2):  # on both gateways
        back = await pair.connect()
        answer = await joined(back, code, audio=False, resume={"captions": known})
        assert answer["captions"]["recovered"] is True
        assert (await back.of_type("caption"))["text"] == "two"
        speaking = await pair.connect()
        assert (await resumed(speaking, code, token))["position"] == 1600 * (turn + 1)
        await send_audio(speaking, code, position=1600 * (turn + 1))
        await accepted(speaking, 1600 * (turn + 2))
        await pair.connect()  # turns the balancer
    assert len(pair.balancer.taken) == 2


async def test_pages_and_answers_are_the_same_from_both(pair: Pair) -> None:
    code, _ = await created(await pair.connect(), title="A talk")
    static = ["/", "/speak", f"/listen/{code}", "/static/listen/listen.js", "/static/style.css"]
    for path in (*static, "/api/languages", f"/api/sessions/{code}", "/api/sessions/no-such-code"):
        before = pair.balancer.taken.copy()
        answers = []
        for _ in range(2):
            async with pair.http.get(pair.balancer.url + path) as response:
                answers.append((response.status, response.content_type, await response.read()))
        assert answers[0] == answers[1], path
        assert sorted((pair.balancer.taken - before).values()) == [1, 1]


async def test_the_clients_of_a_gateway_that_is_killed_go_on_by_the_other(pair: Pair, redis: Redis) -> None:
    speaker, listener, beside = [await pair.connect() for _ in range(3)]  # the speaker's gateway has `beside`, too
    code, token = await created(speaker)
    for each in (listener, beside):
        await joined(each, code, audio=False)
    captions = Publisher(redis, captions_channel(await session_id_of(redis, code), "es"))
    await captions.final(0, caption(0, "one"))
    known = (await beside.of_type("caption"))["id"]
    await send_audio(speaker, code)
    await accepted(speaker, 1600)
    await pair.programs[max(pair.balancer.taken, key=pair.balancer.taken.__getitem__)].end()
    assert [await speaker.closed(), await beside.closed()] == [1006, 1006]
    await captions.final(160, caption(160, "two"))
    speaking, back = await pair.connect(), await pair.connect()
    assert (await resumed(speaking, code, token))["position"] == 1600
    await send_audio(speaking, code, position=1600)
    await accepted(speaking, 3200)
    answer = await joined(back, code, audio=False, resume={"captions": known})
    assert answer["captions"]["recovered"] is True
    assert (await back.of_type("caption"))["text"] == "two"
    assert (await listener.until(lambda m: m["type"] == "caption" and m["segment"] == 160))["text"] == "two"
