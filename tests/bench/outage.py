"""How long captions take to be live again when the broker, or Redis, was away and has come back.

    python -m tests.bench.outage [--server kafka] [--away 90] [--sessions 4] [--workers 2] [--rounds 1] [--stall]

Starts a whole system with the scripted engines, speaks in real time in every session, kills the server (with `--stall`
stops it), starts it again after a while, and prints for each session how long after the server answered again a
translated caption came whose words were spoken less than 5 s before. Goals: 10 s for the broker, 3 s for Redis.
"""

import asyncio
import signal
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import click
import psutil

from dragoman.client.listener import Listener
from dragoman.client.speaker import Speaker
from dragoman.runtime.reach import kafka_trouble, redis_trouble
from schemas.socket import Caption, JoinSession
from schemas.topics import STAGES
from tests.chaos.stack import Stack

LIVE_S = 5.0
LONGEST_S = 120.0
STEADY_S = 15.0
FRAME = bytes(3_200)


class Session:
    """One speaker and one listener of Spanish."""

    def __init__(self) -> None:
        self.lateness: list[tuple[float, float]] = []
        """When a caption came, and how long ago its words had been spoken; seconds."""
        self.missing: list[str] = []
        """Captions without text."""
        self.given_up: list[float] = []
        """When they came, Unix seconds."""
        self._began = 0.0

    async def speak(self, speaker: Speaker) -> None:
        """Silence, in real time: the scripted recogniser hears words in it."""
        self._began = time.time()
        sent = 0
        while True:
            speaker.send(FRAME)
            sent += 1
            await asyncio.sleep(max(0.0, self._began + sent / 10 - time.time()))

    async def listen(self, listener: Listener) -> None:
        """Notes how late each final is."""
        async for heard in listener.messages():
            if isinstance(heard, Caption) and heard.final:
                now = time.time()
                self.lateness.append((now, now - self._began - heard.end_ms / 1000))
                if not heard.text:
                    self.given_up.append(now)
                    self.missing.append(f"{heard.reason} {(heard.end_ms - heard.start_ms) / 1000:.0f} s")

    def live_again(self, since: float) -> float | None:
        """Seconds from `since` to the first live caption after it."""
        return next((at - since for at, late in self.lateness if at > since and late < LIVE_S), None)


async def ignore(speaker: Speaker) -> None:
    """Reads what the gateway says."""
    async for _ in speaker.events():
        pass


def cpu_s(stack: Stack) -> float:
    """What all processes of ours have used."""
    pids = [stack.pid(name) for kind in ("gateway", *STAGES) for name in stack.names(kind)]
    times = [psutil.Process(pid).cpu_times() for pid in pids if pid]
    return sum(each.user + each.system for each in times)


async def answers(stack: Stack, server: str) -> float:
    """When the server answers."""
    while await (  # noqa: ASYNC110  # another process
        kafka_trouble(stack.kafka) if server == "kafka" else redis_trouble(stack.redis)
    ):
        await asyncio.sleep(0.1)
    return time.time()


async def outage(stack: Stack, server: str, away_s: float, stall: bool) -> float:
    """Returns when the server answers again, Unix s."""
    if stall:
        stack.send(server, signal.SIGSTOP)
        await asyncio.sleep(away_s)
        stack.send(server, signal.SIGCONT)
        return time.time()
    await stack.leave_dead(server)
    await asyncio.sleep(away_s)
    reviving = asyncio.create_task(stack.revive(server))
    back = await answers(stack, server)
    await reviving
    return back


async def measure(stack: Stack, server: str, away_s: float, count: int, rounds: int, stall: bool) -> None:
    """One outage after the other."""
    sessions = [Session() for _ in range(count)]
    tasks: list[asyncio.Task[None]] = []
    urls = [f"http://{host}:{port}" for host, port in stack.gateways(0)]
    async with AsyncExitStack() as opened:
        for session in sessions:
            speaker = await opened.enter_async_context(Speaker.create(urls, "en", patience_s=600))
            listener = await opened.enter_async_context(
                Listener(urls, JoinSession(session_id=speaker.code, target_language="es", audio=False), patience_s=600)
            )
            works = (session.speak(speaker), session.listen(listener), ignore(speaker))
            tasks += [asyncio.create_task(work) for work in works]
        try:
            for _ in range(rounds):
                await asyncio.sleep(STEADY_S)
                used_s = cpu_s(stack)
                back = await outage(stack, server, away_s, stall)
                used_s = cpu_s(stack) - used_s
                give_up = time.time() + LONGEST_S
                while time.time() < give_up and not all(  # noqa: ASYNC110  # a bench
                    session.live_again(back) for session in sessions
                ):
                    await asyncio.sleep(0.2)
                took = [session.live_again(back) for session in sessions]
                click.echo(f"{server} away for {away_s:g} s; live again after {', '.join(map(_seconds, took))}")
                click.echo(f"  workers and gateways used {used_s:.1f} s of CPU while it was away")
                click.echo(f"  without text: {[session.missing for session in sessions]}")
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if not isinstance(ended, asyncio.CancelledError):
                    click.echo(f"  a client ended: {ended!r}")


def _seconds(took: float | None) -> str:
    return "never" if took is None else f"{took:.1f} s"


async def run(folder: Path, workers: int, **how: object) -> None:
    """With a system of its own."""
    async with Stack(folder, workers=workers) as stack:
        await measure(stack, **how)  # type: ignore[arg-type]


@click.command()
@click.option("--server", type=click.Choice(["kafka", "redis"]), default="kafka")
@click.option("--away", "away_s", default=90.0)
@click.option("--sessions", "count", default=4)
@click.option("--workers", default=2)
@click.option("--rounds", default=1)
@click.option("--stall", is_flag=True)
@click.option("--data", type=Path, help="Keep the files and logs here.")
def main(data: Path | None, workers: int, **how: object) -> None:
    """See above."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(run(data or Path(name), workers, **how))


if __name__ == "__main__":
    main()
