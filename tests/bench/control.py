"""How long a control message takes until it is answered: Redis then has the state, and every gateway was told.

And how long a listener waits who changes the language.

    python -m tests.bench.control [--messages 1000]

Starts a Kafka, a Redis and the gateway as a program of its own. Pause, resume, mute and unmute in turn, so that each
changes the state; first over one speaker's socket at 40 a second, then over 50 at 2 a second each. Beside them
heartbeats, which the gateway answers at once: what they take is what this machine adds. Goals: p95 of 10 ms for control
messages, and an answer within 500 ms to a change of language.
"""

import asyncio
import itertools
import random
import statistics
import time

import aiohttp
import click

from tests.bench.surroundings import running_gateway, servers

ACTIONS = ("pause", "resume", "mute", "unmute")
ANSWERS = ("broadcastPaused", "broadcastResumed", "broadcastMuted", "broadcastUnmuted")


class Speaker:
    """One socket of a session."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, code: str) -> None:
        self._socket, self.code = socket, code
        self._turn = itertools.cycle(zip(ACTIONS, ANSWERS, strict=True))
        self.controls_ms: list[float] = []
        self.heartbeats_ms: list[float] = []

    @classmethod
    async def create(cls, http: aiohttp.ClientSession, url: str) -> "Speaker":
        """Opens a session."""
        socket = await http.ws_connect(f"{url}/ws")
        await socket.send_json({"action": "createSession", "sourceLanguage": "en"})
        return cls(socket, (await socket.receive_json())["sessionId"])

    async def ask(self, answer: str, took_ms: list[float], **request: str) -> None:
        """Sends a request and notes how long its answer took."""
        began = time.perf_counter()
        await self._socket.send_json({"sessionId": self.code, "requestId": 1, **request})
        while (message := await self._socket.receive_json()).get("requestId") != 1:
            pass
        assert message["type"] == answer, message
        took_ms.append((time.perf_counter() - began) * 1000)

    async def control_at(self, pace: float, count: int) -> None:
        """`count` changes of state at a steady pace from some moment on, and a heartbeat after each."""
        began = time.perf_counter() + random.random() / pace
        for n in range(count):
            await asyncio.sleep(began + n / pace - time.perf_counter())
            action, answer = next(self._turn)
            await self.ask(answer, self.controls_ms, action="controlBroadcast", controlAction=action)
            await self.ask("heartbeatAck", self.heartbeats_ms, action="heartbeat")


async def measure(url: str, sockets: int, pace: float, messages: int) -> None:
    """Prints the figures over so many sockets."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        speakers = [await Speaker.create(http, url) for _ in range(sockets)]
        await asyncio.gather(*(speaker.control_at(pace, 4) for speaker in speakers))  # warms up
        for speaker in speakers:
            speaker.controls_ms.clear()
            speaker.heartbeats_ms.clear()
        await asyncio.gather(*(speaker.control_at(pace, messages // sockets) for speaker in speakers))
    click.echo(f"{messages} over {sockets} sockets, {sockets * pace:g} a second")
    click.echo(f"  control    {figures([each for speaker in speakers for each in speaker.controls_ms])}")
    click.echo(f"  heartbeat  {figures([each for speaker in speakers for each in speaker.heartbeats_ms])}")


async def measure_changes(url: str, changes: int) -> None:
    """Prints the figures of a listener who goes to and fro between two languages, with their histories."""
    took_ms: list[float] = []
    async with aiohttp.ClientSession() as http:
        speaker = await Speaker.create(http, url)
        listener = Speaker(await http.ws_connect(f"{url}/ws"), speaker.code)
        await listener.ask("sessionJoined", [], action="joinSession", targetLanguage="es")
        for n in range(changes):
            change = {"action": "changeLanguage", "targetLanguage": ("en", "es")[n % 2]}
            await listener.ask("languageChanged", took_ms, **change)
            await asyncio.sleep(0.03)
    click.echo(f"{changes} changes of language")
    click.echo(f"  answer     {figures(took_ms)}")


def figures(took: list[float]) -> str:
    """Median and 95th percentile, in ms."""
    return f"p50 {statistics.median(took):5.1f} ms, p95 {statistics.quantiles(took, n=20)[-1]:5.1f} ms"


async def run(kafka: str, redis: str, messages: int) -> None:
    """Starts the gateway and measures it."""
    async with running_gateway(kafka, redis) as program:
        await measure(program.url, 1, 40, messages)
        await measure(program.url, 50, 2, messages)
        await measure_changes(program.url, messages // 5)


@click.command()
@click.option("--messages", default=1000, show_default=True)
def main(messages: int) -> None:
    """Runs with servers of its own."""
    with servers() as (kafka, redis):
        asyncio.run(run(kafka, redis, messages))


if __name__ == "__main__":
    main()
