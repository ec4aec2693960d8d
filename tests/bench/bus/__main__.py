"""What a word costs on its way from the speaker's frame to the listener's caption, engines left out.

    make bench-bus ARGS="--sessions 1,5,20 --seconds 20 --json figures.json"

A whole system of its own, one process of each stage, scripted engines: every session has a speaker and three readers
of three languages, and a final every 2 s. Sessions are in step (all finals at once) or out of step. Printed are: how
long after the frame that completes an utterance its captions came, beside a bare chain of aiokafka loops over the same
broker in the same run, while nobody speaks; and what each process used, in percent of a core. The measuring client runs
on the same machine and is printed too.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import quantiles
from typing import Any

import click
import psutil

from dragoman.client.listener import Listener
from dragoman.client.speaker import Speaker
from schemas.audio import SAMPLE_RATE
from schemas.socket import Caption, JoinSession
from schemas.topics import STAGES
from tests.bench.bus.bare import bare_chain
from tests.chaos.stack import GATEWAYS, Stack
from workers.transcribe.engines.scripted import UTTERANCE

FRAME = bytes(3_200)
FRAME_S = 0.1
UTTERANCE_S = UTTERANCE / SAMPLE_RATE
LANGUAGES = ("en", "es", "ca")
SETTLING_S = 4.0
BARE_S = 6.0


class Session:
    """One speaker, and when each final came after the frame that completed it."""

    def __init__(self) -> None:
        self.sent: dict[int, float] = {}
        """When the frame was sent that ends at this many ms; monotonic seconds."""
        self.took_ms: list[float] = []
        self.frames = self.partials = 0
        self.counting = False

    async def speak(self, speaker: Speaker, offset_s: float) -> None:
        """In real time, `offset_s` behind the others."""
        began, count = time.monotonic() + offset_s, 0
        while True:
            await asyncio.sleep(max(0.0, began + count * FRAME_S - time.monotonic()))
            count += 1
            until_ms = round(count * FRAME_S * 1000)
            if self.counting and until_ms % round(UTTERANCE_S * 1000) == 0:
                self.sent[until_ms] = time.monotonic()
            speaker.send(FRAME)
            self.frames += 1

    async def read(self, listener: Listener) -> None:
        """Notes how long each final took."""
        async for heard in listener.messages():
            if not isinstance(heard, Caption):
                continue
            if not heard.final:
                self.partials += 1
            elif sent := self.sent.get(round(heard.end_ms)):
                self.took_ms.append((time.monotonic() - sent) * 1000)


class Load:
    """Sessions on a running system."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._urls = [f"http://{host}:{port}" for host, port in stack.gateways(0)][:1]

    async def run(self, count: int, seconds: float, in_step: bool) -> dict[str, Any]:
        """The figures of `count` sessions."""
        sessions = [Session() for _ in range(count)]
        async with AsyncExitStack() as opened:
            tasks = []
            for number, session in enumerate(sessions):
                speaker = await opened.enter_async_context(Speaker.create(self._urls, "en"))
                for language in LANGUAGES:
                    joining = JoinSession(session_id=speaker.code, target_language=language, audio=False)
                    listener = await opened.enter_async_context(Listener(self._urls, joining))
                    tasks.append(asyncio.create_task(session.read(listener)))
                tasks.append(asyncio.create_task(_ignore(speaker)))
                offset_s = 0.5 if in_step else 0.5 + UTTERANCE_S * number / max(1, count)
                tasks.append(asyncio.create_task(session.speak(speaker, offset_s)))
            await asyncio.sleep(SETTLING_S)
            for session in sessions:
                session.counting = True
            used, frames, began = self._used_s(), sum(session.frames for session in sessions), time.monotonic()
            await asyncio.sleep(seconds)
            took_s = time.monotonic() - began
            percent = {name: 100 * (after - used[name]) / took_s for name, after in self._used_s().items()}
            frames = sum(session.frames for session in sessions) - frames
            for session in sessions:
                session.counting = False
            await asyncio.sleep(2)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        took_ms = [took for session in sessions for took in session.took_ms]
        due = sum(len(session.sent) for session in sessions) * len(LANGUAGES)
        return {
            "sessions": count,
            "in_step": in_step,
            **percentiles(took_ms),
            "late": due - len(took_ms),
            "partials_per_s": sum(session.partials for session in sessions) / took_s,
            "us_a_frame": {name: 1e4 * share * took_s / frames for name, share in percent.items()} if frames else {},
            "percent": percent,
            "client": percent.pop("client"),
        }

    def _used_s(self) -> dict[str, float]:
        """Processor of each process since its start, seconds."""
        names = ["kafka", "redis", GATEWAYS[0], *(f"{stage}-0" for stage in STAGES)]
        pids = {name: self._stack.pid(name) for name in names} | {"client": os.getpid()}
        return {name: sum(psutil.Process(pid).cpu_times()[:2]) for name, pid in pids.items() if pid}


def percentiles(took_ms: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in ms."""
    if len(took_ms) < 2:
        return {"p50": 0.0, "p95": 0.0, "p99": 0.0}
    cuts = quantiles(took_ms, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}


async def _ignore(speaker: Speaker) -> None:
    async for _ in speaker.events():
        pass


async def measure(data: Path, counts: Sequence[int], seconds: float, steps: Sequence[bool]) -> list[dict[str, Any]]:
    """All figures; prints each as it comes."""
    found: list[dict[str, Any]] = []
    async with Stack(data, workers=1) as stack:
        await stack.leave_dead(GATEWAYS[1])
        await asyncio.sleep(SETTLING_S)
        load = Load(stack)
        idle = await load.run(0, max(seconds, BARE_S), True)
        found.append(idle)
        tell(idle, 0.0)
        bare = percentiles(await bare_chain(stack.kafka, stack.redis, BARE_S))
        found.append({"bare": bare})
        click.echo(f"bare chain: {bare['p50']:.1f} / {bare['p95']:.1f} / {bare['p99']:.1f} ms")
        for count in counts:
            for in_step in steps:
                figures = await load.run(count, seconds, in_step)
                found.append(figures)
                tell(figures, bare["p50"])
    return found


def tell(figures: dict[str, Any], bare_ms: float) -> None:
    """A paragraph of them."""
    count, percent = figures["sessions"], figures["percent"]
    total = sum(percent.values())
    click.echo(f"{count} sessions, {'in step' if figures['in_step'] else 'out of step'}")
    if count:
        ratio = f"{figures['p50'] / bare_ms:.1f} times the bare chain" if bare_ms else ""
        click.echo(f"  caption after its frame, p50 / p95 / p99: {_ms(figures)} ms, {ratio}; {figures['late']} missing")
    if count:
        of_frame = ", ".join(f"{name.removesuffix('-0')} {us:.0f}" for name, us in figures["us_a_frame"].items())
        click.echo(f"  us of processor for a frame: {of_frame}")
    each = f", {total / count:.2f} a session" if count else ""
    names = ", ".join(f"{name.removesuffix('-0')} {share:.1f}" for name, share in percent.items())
    click.echo(f"  % of a core: {total:.1f}{each} ({names}); the client {figures['client']:.1f}")


def _ms(figures: dict[str, Any]) -> str:
    return " / ".join(f"{figures[name]:.0f}" for name in ("p50", "p95", "p99"))


@click.command()
@click.option("--sessions", default="1,5,20", show_default=True, help="How many at a time, one run after the other.")
@click.option("--seconds", default=20.0, show_default=True, help="Of each run.")
@click.option("--step", type=click.Choice(["in", "out", "both"]), default="both", show_default=True)
@click.option("--json", "file", type=Path, help="Write the figures there, too.")
def main(sessions: str, seconds: float, step: str, file: Path | None) -> None:
    """See above."""
    counts = [int(count) for count in sessions.split(",")]
    steps = {"in": [True], "out": [False], "both": [True, False]}[step]
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), counts, seconds, steps))
    if file:
        file.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
