"""What one listener who stops reading costs the others.

    python -m tests.bench.stalled [listeners [pairs]]

Starts a Kafka, a Redis and the gateway as a program of its own, joins listeners who hear speech, and publishes to them
with and without one more listener who reads nothing, in alternating runs. Prints the others' p99 of each pair, the
median ratio, and whether the stalled listener got all of it once it read again. Goal: 1.1 or 1 ms more.
"""

import asyncio
import json
import socket
import statistics
import struct
import sys
import time
from typing import Any

import aiohttp
import click
from redis.asyncio import Redis

from schemas.channels import code_key, speech_channel
from tests.bench.listeners import join
from tests.bench.surroundings import running_gateway, servers
from tests.gateway.publisher import Publisher, speech

MESSAGES, A_SECOND = 20, 5
AUDIO = bytes(16 * 1024)


class Run:
    """One session with its listeners."""

    def __init__(self, http: aiohttp.ClientSession, url: str, code: str, voice: Publisher) -> None:
        self._http, self._url, self._code, self._voice = http, url, code, voice
        self._segment = 0
        self.sent: dict[int, float] = {}
        self.took: list[float] = []

    async def listen(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Notes how long each message was under way."""
        async for message in ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                now = time.perf_counter()
                self.took.append(now - self.sent[_header(message.data)["segment"]])

    async def p99_ms(self, listeners: int) -> float:
        """Publishes for a few seconds, waits until all have all of it."""
        self.took.clear()
        for _ in range(MESSAGES):
            self._segment += 160
            self.sent[self._segment] = time.perf_counter()
            await self._voice.final(self._segment, speech(self._segment, AUDIO))
            await asyncio.sleep(1 / A_SECOND)
        async with asyncio.timeout(30):
            while len(self.took) < MESSAGES * listeners:  # noqa: ASYNC110  # nothing tells
                await asyncio.sleep(0.01)
        return statistics.quantiles(self.took, n=100)[-1] * 1000

    async def with_stalled(self, listeners: int) -> tuple[float, bool]:
        """The same beside a listener who reads nothing; whether that one gets all of it afterwards."""
        first = self._segment
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(socket_factory=_narrow)) as http:
            stalled = await join(http, self._url, self._code)
            p99_ms = await self.p99_ms(listeners)
            heard = await self._read(stalled, first)
        return p99_ms, heard == list(range(first + 160, self._segment + 160, 160))

    async def _read(self, ws: aiohttp.ClientWebSocketResponse, first: int) -> list[int]:
        """Reads on, and resumes where the socket was closed."""
        heard: list[int] = []
        last = f"{first}-1" if first else ""
        while not heard or heard[-1] < self._segment:
            message = await ws.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                header = _header(message.data)
                heard.append(header["segment"])
                last = header["id"]
            elif message.type is not aiohttp.WSMsgType.TEXT:
                ws = await self._http.ws_connect(f"{self._url}/ws", protocols=("dragoman.v1",))
                await ws.send_json(
                    {
                        "action": "joinSession",
                        "sessionId": self._code,
                        "targetLanguage": "es",
                        "resume": {"speech": last},
                    }
                )
                assert (await ws.receive_json())["speech"]["recovered"]
        await ws.close()
        return heard


def _header(frame: bytes) -> dict[str, Any]:
    length = struct.unpack_from(">I", frame)[0]
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    return header


def _narrow(address: Any) -> socket.socket:
    """The kernel takes little for a listener who does not read."""
    sock = socket.socket(address[0], address[1], address[2])
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return sock


async def measure(url: str, redis: "Redis", count: int, pairs: int) -> None:
    """Runs in pairs, in alternating order."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        speaker = await http.ws_connect(f"{url}/ws")
        await speaker.send_json({"action": "createSession", "sourceLanguage": "en"})
        code = (await speaker.receive_json())["sessionId"]
        session_id = (await redis.get(code_key(code))).decode()
        run = Run(http, url, code, Publisher(redis, speech_channel(session_id, "es", "ogg-opus")))
        listening = [asyncio.create_task(run.listen(await join(http, url, code))) for _ in range(count)]
        await run.p99_ms(count)  # warms up
        click.echo(f"{'pair':>4} {'alone ms':>9} {'stalled ms':>10} {'ratio':>6}  stalled one")
        ratios, more = [], []
        for pair in range(pairs):
            alone = await run.p99_ms(count) if pair % 2 == 0 else 0.0
            beside, whole = await run.with_stalled(count)
            alone = alone or await run.p99_ms(count)
            ratios.append(beside / alone)
            more.append(beside - alone)
            click.echo(
                f"{pair + 1:>4} {alone:>9.1f} {beside:>10.1f} {ratios[-1]:>6.2f}  {'got all' if whole else 'MISSED'}"
            )
        click.echo(f"median: ratio {statistics.median(ratios):.2f}, {statistics.median(more):+.1f} ms")
        for task in listening:
            task.cancel()


async def run_all(kafka: str, redis_url: str, count: int, pairs: int) -> None:
    """Starts the gateway and measures it."""
    redis = Redis.from_url(redis_url, protocol=2)
    async with running_gateway(kafka, redis_url) as program:
        await measure(program.url, redis, count, pairs)
    await redis.aclose()


def main() -> None:
    """Runs with servers of its own."""
    count, pairs = (int(word) for word in (*sys.argv[1:3], *("500", "10")[len(sys.argv[1:3]) :]))
    with servers() as (kafka, redis):
        asyncio.run(run_all(kafka, redis, count, pairs))


if __name__ == "__main__":
    main()
