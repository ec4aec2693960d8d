"""What the gateway's fan-out costs beside the least possible and beside what one writes first.

    make bench-fanout ARGS="--listeners 500 --rounds 5"

One session, many listeners, one message after the other at the same pace to each server in turn: the gateway, which
hears of each message from Redis as it does from broadcast; epoll.c, a bare loop in C; naive.py, aiohttp's send to all
with gather. Figures are microseconds of the server's CPU (user and system) for each delivered message, the median of
the rounds, and the medians of the rounds' ratios. Then the gateway once more with one listener who reads nothing.
"""

import asyncio
import itertools
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import click
from redis.asyncio import Redis

from schemas.channels import captions_channel, code_key, speech_channel
from tests.bench.fanout.contestants import Contestant, Gateway, Load, compiled, cpu_s, listening, running
from tests.bench.fanout.messages import KINDS, Kind, publication
from tests.bench.fanout.stalled import Stalled
from tests.bench.surroundings import running_gateway, servers
from tests.gateway.publisher import Publisher

_segments = itertools.count(1_000_000)
"""So that all ids have the same length."""


@click.command()
@click.option("--listeners", default=500, show_default=True)
@click.option("--messages", default=200, show_default=True, help="Messages of one round to one server.")
@click.option("--pace", default=40.0, show_default=True, help="Messages a second.")
@click.option("--rounds", default=5, show_default=True)
def main(listeners: int, messages: int, pace: float, rounds: int) -> None:
    """Prints the tables."""
    with servers() as (kafka, redis):
        asyncio.run(Bench(listeners, messages, pace, rounds).run(kafka, redis))


class Bench:
    """One run."""

    def __init__(self, listeners: int, messages: int, pace: float, rounds: int) -> None:
        self._listeners, self._messages, self._pace, self._rounds = listeners, messages, pace, rounds

    async def run(self, kafka: str, redis: str) -> None:
        """All kinds, then the stalled listener."""
        async with contestants(kafka, redis) as all_of_them:
            names = [each.name for each in all_of_them]
            click.echo(
                f"us of server CPU for a delivered message, {self._listeners} listeners, {self._pace:g} a second"
            )
            click.echo(
                f"{'':18}" + "".join(f"{name:>10}" for name in names) + "".join(f"{f'x {n}':>10}" for n in names[1:])
            )
            for kind in KINDS:
                await self._compare(kind, all_of_them)
            await self._stalled(KINDS[-1], all_of_them[0])

    async def _compare(self, kind: Kind, all_of_them: list[Contestant]) -> None:
        async with AsyncExitStack() as stack:
            loads = [await stack.enter_async_context(listening(each, kind, self._listeners)) for each in all_of_them]
            pairs = list(zip(all_of_them, loads, strict=True))
            for each, load in pairs:
                await self._cost_us(each, kind, load, self._messages // 4)  # warms up
            rounds = []
            for turn in range(self._rounds):
                order = [*range(turn % len(pairs), len(pairs)), *range(turn % len(pairs))]
                costs = {n: await self._cost_us(pairs[n][0], kind, pairs[n][1], self._messages) for n in order}
                rounds.append([costs[n] for n in range(len(pairs))])
        columns = [statistics.median(column) for column in zip(*rounds, strict=True)]
        ratios = [statistics.median(costs[0] / costs[n] for costs in rounds) for n in range(1, len(pairs))]
        title = f"{kind.product}, {'binary' if kind.binary else 'JSON'}"
        click.echo(f"{title:18}" + "".join(f"{c:10.2f}" for c in columns) + "".join(f"{r:10.2f}" for r in ratios))

    async def _cost_us(self, server: Contestant, kind: Kind, load: Load, messages: int) -> float:
        """CPU for each delivered message of one round."""
        await asyncio.sleep(0.5)  # the others have come to rest
        due, before, begun = await load.got(), cpu_s(server.pid), asyncio.get_running_loop().time()
        for n in range(messages):
            await asyncio.sleep(begun + n / self._pace - asyncio.get_running_loop().time())
            due += self._listeners * await server.publish(kind, next(_segments))
        await load.get(due)
        return (cpu_s(server.pid) - before) / messages / self._listeners * 1e6

    async def _stalled(self, kind: Kind, gateway: Contestant) -> None:
        click.echo("the gateway with one more listener who reads nothing")
        ratios = []
        async with listening(gateway, kind, self._listeners) as load:
            await self._cost_us(gateway, kind, load, self._messages // 4)
            for turn in range(self._rounds):
                alone = await self._cost_us(gateway, kind, load, self._messages) if turn % 2 else 0.0
                with Stalled(gateway, kind) as stalled:
                    beside = await self._cost_us(gateway, kind, load, self._messages)
                    end = await stalled.end()
                alone = alone or await self._cost_us(gateway, kind, load, self._messages)
                ratios.append(beside / alone)
                click.echo(f"  alone {alone:6.2f} us, beside it {beside:6.2f} us, ratio {ratios[-1]:.2f}; it {end}")
        click.echo(f"  median ratio {statistics.median(ratios):.2f}")


@asynccontextmanager
async def contestants(kafka: str, redis_url: str) -> AsyncIterator[list[Contestant]]:
    """The gateway with a session first, then the others."""
    async with AsyncExitStack() as stack:
        program = await stack.enter_async_context(running_gateway(kafka, redis_url))
        redis = Redis.from_url(redis_url, protocol=2)
        stack.push_async_callback(redis.aclose)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        speaker = await http.ws_connect(f"{program.url}/ws")
        await speaker.send_json({"action": "createSession", "sourceLanguage": "en"})
        code = (await speaker.receive_json())["sessionId"]
        session_id = (await redis.get(code_key(code))).decode()
        channels = {
            "captions": captions_channel(session_id, "es"),
            "speech": speech_channel(session_id, "es", "ogg-opus"),
        }
        publishers = {product: Publisher(redis, channel) for product, channel in channels.items()}
        for kind in KINDS[1:3]:  # from here on every publication has a previous one
            segment = next(_segments)
            await publishers[kind.product].final(segment, publication(kind, segment))
        found: list[Contestant] = [Gateway(program, code, publishers)]
        epoll = compiled(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        if epoll:
            found.append(await stack.enter_async_context(running("epoll.c", str(epoll))))
        else:
            click.echo("there is no C compiler (cc): the column epoll.c is left out")
        naive = str(Path(__file__).parent / "naive.py")
        found.append(await stack.enter_async_context(running("gather", sys.executable, naive)))
        yield found


if __name__ == "__main__":
    main()
