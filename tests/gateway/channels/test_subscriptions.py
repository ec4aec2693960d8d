"""The one connection that hears Redis, on a real one and on both event loops."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop
from redis.asyncio import Redis

from gateway.channels.subscriptions import Receiver, Subscriptions
from gateway.gateway import connect_redis

loops = pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


class Scene:
    """A subscription to a channel of its own, and a publisher."""

    def __init__(self, redis: Redis, subscriptions: Subscriptions) -> None:
        self.redis, self.subscriptions = redis, subscriptions
        self.heard: list[bytes] = []
        self.subscribed = asyncio.Event()
        self.receiver = Receiver(self.heard.append, self.subscribed.set)

    async def hear(self, count: int) -> None:
        """Waits until so much was heard."""
        while len(self.heard) < count:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.005)

    async def connections(self) -> list[str]:
        """Ids of the connections that subscribe to the channel `heard`."""
        clients = await self.redis.client_list(_type="pubsub")
        return [client["id"] for client in clients if client["name"] == "" and client["sub"] == "1"]


def run(factory: Callable[[], Any], url: str, test: Callable[[Scene], Awaitable[None]]) -> None:
    """Runs a test with a connected scene on one kind of loop."""

    async def scene() -> None:
        redis, own = Redis.from_url(url, protocol=2), connect_redis(url)
        subscriptions = Subscriptions(own)
        subscriptions.start()
        try:
            made = Scene(redis, subscriptions)
            await subscriptions.subscribe("heard", made.receiver)
            await made.subscribed.wait()
            await test(made)
        finally:
            await subscriptions.stop()
            await redis.aclose()
            await own.aclose()

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(asyncio.wait_for(scene(), 60))


@loops
def test_everything_is_heard_in_order_however_it_is_cut(factory: Callable[[], Any], redis_url: str) -> None:
    async def test(scene: Scene) -> None:
        sent = [b"%d " % n * 10_000 for n in range(100)]
        for n in range(0, 100, 10):
            pipeline = scene.redis.pipeline(transaction=False)
            for payload in sent[n : n + 10]:
                pipeline.publish("heard", payload)
            await pipeline.execute()
        await scene.hear(100)
        assert scene.heard == sent

    run(factory, redis_url, test)


@loops
def test_a_connection_that_is_cut_is_opened_again_and_that_is_told(factory: Callable[[], Any], redis_url: str) -> None:
    async def test(scene: Scene) -> None:
        scene.subscribed.clear()
        (connection,) = await scene.connections()
        await scene.redis.client_kill_filter(_id=connection)
        await scene.subscribed.wait()
        await scene.redis.publish("heard", b"again")
        await scene.hear(1)
        assert scene.heard == [b"again"]

    run(factory, redis_url, test)


@loops
def test_an_answer_that_says_no_is_a_lost_connection(factory: Callable[[], Any], redis_url: str) -> None:
    async def test(scene: Scene) -> None:
        scene.subscribed.clear()
        await scene.subscriptions._command("NO-SUCH-COMMAND")
        await scene.subscribed.wait()
        await scene.redis.publish("heard", b"again")
        await scene.hear(1)

    run(factory, redis_url, test)
