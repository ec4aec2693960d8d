"""What a listener costs the gateway in memory, and what an acknowledgement takes.

    python -m tests.bench.listeners [listeners]

Starts a Kafka, a Redis and the gateway as a program of its own, joins listeners who read captions and hear speech, and
prints the growth of the gateway's proportional set size for each. Goal: 25 KB.
"""

import asyncio
import base64
import json
import statistics
import sys
import time

import aiohttp
import click
import psutil

from tests.bench.surroundings import running_gateway, servers

FRAMES = 300


async def join(http: aiohttp.ClientSession, url: str, code: str) -> aiohttp.ClientWebSocketResponse:
    """One listener."""
    socket = await http.ws_connect(f"{url}/ws", protocols=("dragoman.v1",))
    await socket.send_json({"action": "joinSession", "sessionId": code, "targetLanguage": "es"})
    assert (await socket.receive_json())["type"] == "sessionJoined"
    return socket


async def acknowledgements(speaker: aiohttp.ClientWebSocketResponse, code: str) -> list[float]:
    """Seconds from sending the frame that an audioAccepted covers last to that, at 10 frames a second."""
    sent: dict[int, float] = {}
    took: list[float] = []

    async def read() -> None:
        async for message in speaker:
            answer = json.loads(message.data)
            if answer["type"] == "audioAccepted":
                took.append(time.monotonic() - sent[answer["position"]])
                if answer["position"] == FRAMES * 1600:
                    return

    reading = asyncio.create_task(read())
    begun = time.monotonic()
    for n in range(FRAMES):
        await asyncio.sleep(begun + n / 10 - time.monotonic())
        sent[(n + 1) * 1600] = time.monotonic()
        audio = base64.b64encode(bytes(3200)).decode()
        now = round(time.time() * 1000)
        await speaker.send_json({"action": "sendAudio", "sessionId": code, "audioData": audio, "timestamp": now})
    await asyncio.wait_for(reading, 10)
    return took


async def measure(url: str, pid: int, count: int) -> None:
    """Joins, waits, prints."""
    gateway = psutil.Process(pid)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        speaker = await http.ws_connect(f"{url}/ws")
        await speaker.send_json({"action": "createSession", "sourceLanguage": "en"})
        code = (await speaker.receive_json())["sessionId"]
        warm = [await join(http, url, code) for _ in range(200)]
        before = gateway.memory_full_info().pss
        begun = time.monotonic()
        sockets = []
        for _ in range(count // 50):
            sockets += await asyncio.gather(*(join(http, url, code) for _ in range(50)))
        joined_s = time.monotonic() - begun
        await asyncio.sleep(2)
        grown = gateway.memory_full_info().pss - before
        click.echo(f"{len(sockets)} listeners joined in {joined_s:.1f} s: {grown / len(sockets) / 1000:.1f} KB each")
        for socket in (*warm, *sockets):
            await socket.close()
        took = sorted(await acknowledgements(speaker, code))
        click.echo(
            f"acknowledged {len(took)} times for {FRAMES} frames: p50 {statistics.median(took) * 1000:.0f} ms,"
            f" max {took[-1] * 1000:.0f} ms after the newest frame that it covers"
        )


async def run(kafka: str, redis: str, count: int) -> None:
    """Starts the gateway and measures it."""
    async with running_gateway(kafka, redis) as program:
        await measure(program.url, program.pid, count)


def main() -> None:
    """Runs with servers of its own."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with servers() as (kafka, redis):
        asyncio.run(run(kafka, redis, count))


if __name__ == "__main__":
    main()
