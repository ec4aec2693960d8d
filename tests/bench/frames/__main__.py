"""What a frame costs the gateway: from the speaker's socket into Kafka, and its acknowledgement back.

    python -m tests.bench.frames --sessions 20,100 --frame-ms 100
    python -m tests.bench.frames --against ../before

The gateway as a program of its own, a real Kafka and Redis, speakers who speak in real time and out of step, nobody who
listens. Printed are microseconds of the gateway's processor for a frame, all in, and beside that what is left without
what the gateway uses while nobody speaks. With `--against`, the gateway of another checkout has as many speakers of its
own at the same time, so that whatever else the machine does meets both; the ratio is that of this one to the other.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import click

from tests.bench.fanout.contestants import cpu_s
from tests.bench.surroundings import Program, running_gateway, servers

SETTLING_S = 2.0
IDLE_S = 8.0


class Cost(NamedTuple):
    """Of one gateway in one run."""

    frames: int
    used_s: float
    """Processor, seconds."""
    took_ms: float
    """From a frame to its acknowledgement, the median."""


class Speakers:
    """A process full of them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout

    async def count(self) -> tuple[int, int, float]:
        """Frames sent and acknowledged since the last call, and the ms that took."""
        self._stdin.write(b"\n")
        sent, acknowledged, took_ms = (await self._stdout.readline()).split()
        return int(sent), int(acknowledged), float(took_ms)


@asynccontextmanager
async def speaking(gateway: Program, count: int, frame_ms: int) -> AsyncIterator[Speakers]:
    """`count` speakers, who have begun."""
    port = gateway.url.rpartition(":")[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).parent / "speakers.py"),
        port,
        str(count),
        str(frame_ms),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        yield Speakers(process)
    finally:
        process.kill()
        await process.wait()


class Bench:
    """One run."""

    def __init__(self, gateways: dict[str, Program], seconds: float, rounds: int) -> None:
        self._gateways, self._seconds, self._rounds = gateways, seconds, rounds
        self._idle: dict[str, float] = {}
        """Processor of each gateway while nobody speaks, seconds a second."""

    async def look_at_idle(self) -> None:
        """Before anybody speaks."""
        before = {name: cpu_s(gateway.pid) for name, gateway in self._gateways.items()}
        await asyncio.sleep(IDLE_S)
        self._idle = {name: (cpu_s(gateway.pid) - before[name]) / IDLE_S for name, gateway in self._gateways.items()}
        for name, share in self._idle.items():
            click.echo(f"nobody speaks: {name:12} {100 * share:5.2f} % of a core")

    async def compare(self, count: int, frame_ms: int) -> None:
        """`count` speakers at each gateway."""
        click.echo(f"{count} speakers, frames of {frame_ms} ms")
        async with AsyncExitStack() as stack:
            speakers = {
                name: await stack.enter_async_context(speaking(gateway, count, frame_ms))
                for name, gateway in self._gateways.items()
            }
            await asyncio.sleep(SETTLING_S)
            for _ in range(self._rounds):
                self._tell(await self._costs(speakers))

    async def _costs(self, speakers: dict[str, Speakers]) -> dict[str, Cost]:
        for each in speakers.values():
            await each.count()
        before = {name: cpu_s(gateway.pid) for name, gateway in self._gateways.items()}
        await asyncio.sleep(self._seconds)
        used = {name: cpu_s(gateway.pid) - before[name] for name, gateway in self._gateways.items()}
        counted = {name: await each.count() for name, each in speakers.items()}
        return {name: Cost(sent, used[name], took_ms) for name, (sent, _, took_ms) in counted.items()}

    def _tell(self, costs: dict[str, Cost]) -> None:
        us = {name: 1e6 * cost.used_s / cost.frames for name, cost in costs.items()}
        for name, cost in costs.items():
            alone = us[name] - 1e6 * self._idle[name] * self._seconds / cost.frames
            click.echo(
                f"  {name:12} {us[name]:6.1f} us a frame, {alone:6.1f} without idling;"
                f" acknowledged after {cost.took_ms:5.1f} ms; {cost.frames / self._seconds:.0f} frames a second"
            )
        this, *others = us.values()
        if others:
            click.echo(f"  ratio {', '.join(f'{this / other:.2f}' for other in others)}")


async def run(
    servers_: tuple[str, str], against: Sequence[Path], counts: list[int], frame_ms: list[int], **how: float
) -> None:
    """Prints all figures."""
    kafka, redis = servers_
    async with AsyncExitStack() as stack:
        gateways = {"this": await stack.enter_async_context(running_gateway(kafka, redis))}
        for checkout in against:
            other = running_gateway(kafka, redis, checkout=checkout)
            gateways[checkout.name] = await stack.enter_async_context(other)
        bench = Bench(gateways, how["seconds"], int(how["rounds"]))
        await bench.look_at_idle()
        for each in frame_ms:
            for count in counts:
                await bench.compare(count, each)


def _numbers(_: object, __: object, text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


@click.command()
@click.option("--sessions", default="1,20,100", callback=_numbers, show_default=True, help="Speakers at a time.")
@click.option("--frame-ms", default="100", callback=_numbers, show_default=True)
@click.option("--seconds", default=8.0, show_default=True, help="Of each round.")
@click.option("--rounds", default=2, show_default=True)
@click.option("--against", type=Path, multiple=True, help="Another checkout, whose gateway is measured beside this.")
def main(sessions: list[int], frame_ms: list[int], seconds: float, rounds: int, against: tuple[Path, ...]) -> None:
    """Runs with servers of its own."""
    with servers() as both:
        asyncio.run(run(both, against, sessions, frame_ms, seconds=seconds, rounds=rounds))


if __name__ == "__main__":
    main()
