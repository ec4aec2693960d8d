"""What a listener costs the gateway in memory, and what an acknowledgement takes.

    python tests/bench/listeners.py [listeners]

Starts a Kafka, a Redis and the gateway as a program of its own, joins listeners who read captions and hear speech, and
prints the growth of the gateway's proportional set size for each. Goal: 25 KB.
"""

import asyncio
import base64
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import click
import msgspec
import psutil
from redis.asyncio import Redis

from dragoman.ops.topics import apply_topics
from schemas.languages import Abilities, abilities_key
from schemas.topics import topics
from tests.servers import kafka_server, redis_server, wait

FRAMES = 300


async def abilities(url: str) -> None:
    """Says what workers would say."""
    redis = Redis.from_url(url, protocol=2)
    for stage, languages in {
        "transcribe": {"en": []},
        "translate": {"en": ["es"]},
        "synthesize": {"*": ["es"]},
    }.items():
        await redis.set(abilities_key(stage), msgspec.json.encode(Abilities(languages=languages)))
    await redis.aclose()


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
    await abilities(redis)
    settings = {"KAFKA": kafka, "REDIS": redis, "SECRET": "s" * 32, "PORT": "0", "OPERATOR_PORT": "0"}
    environment = os.environ | {f"DRAGOMAN_{name}": value for name, value in settings.items()}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert program.stderr
    try:
        async for line in program.stderr:
            if b"gateway.listening" in line:
                break
        drain = asyncio.create_task(program.stderr.read())
        await asyncio.sleep(2)
        await measure(json.loads(line)["url"], program.pid, count)
    finally:
        program.terminate()
        await program.wait()
        await drain


def main() -> None:
    """Runs with servers of its own."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "kafka").mkdir()
        (Path(folder) / "redis").mkdir()
        with kafka_server(Path(folder) / "kafka") as kafka, redis_server(Path(folder) / "redis") as redis:
            wait(apply_topics(kafka, topics(24, 168), 4, 1))
            asyncio.run(run(kafka, redis, count))


if __name__ == "__main__":
    main()
