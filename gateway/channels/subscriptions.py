"""Redis pub/sub: one connection for the whole gateway, restored by itself."""

import asyncio
import random
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

import hiredis
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.tasks import ended

log = structlog.get_logger()

PING_S = 5.0
SILENCE_S = 12.0
"""A connection that does not even answer pings for so long is given up."""


class Receiver(NamedTuple):
    """Who wants a channel."""

    message: Callable[[bytes], None]
    """Called with each message."""
    subscribed: Callable[[], None]
    """Called whenever the subscription (again) counts: what came before may be missed."""


class PubSubReader(asyncio.Protocol):
    """Reads a connection that redis-py has opened, past its streams.

    They cost more than everything else that is done once for a message.
    """

    def __init__(self, connection: Any, dispatch: Callable[[Any], None]) -> None:
        self._dispatch = dispatch
        self._reader = hiredis.Reader()
        self._lost = asyncio.Event()
        self._error: BaseException | None = None
        self._transport = connection._writer.transport
        self._transport.set_protocol(self)

    async def lost(self) -> None:
        """Waits until the connection is no more. Raises RedisError, ConnectionError."""
        await self._lost.wait()
        raise self._error or ConnectionError("the connection to Redis is lost")

    def data_received(self, data: bytes) -> None:
        """Hands on every whole response."""
        try:
            self._reader.feed(data)
            while (response := self._reader.gets()) is not False:
                if isinstance(response, hiredis.HiredisError):
                    raise response
                self._dispatch(response)
        except hiredis.HiredisError as error:  # an answer that says no, or bytes that are no answer
            self._error = RedisError(str(error))
            self._transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        """Ends the wait."""
        self._lost.set()


class Subscriptions:
    """The channels that this gateway hears.

    redis-py's own PubSub builds a dict for every message and reconnects silently within any of its calls; here one task
    owns the connection, which redis-py opens, and every reconnection is told.
    """

    def __init__(self, redis: "Redis") -> None:
        self._pool: Any = redis.connection_pool
        self._receivers: dict[str, Receiver] = {}
        self._connection: Any = None
        self._heard = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Connects, in the background and for as long as it takes."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._ping())]

    async def stop(self) -> None:
        """Closes the connection."""
        await ended(self._tasks)

    async def subscribe(self, name: str, receiver: Receiver) -> None:
        """Hears a channel from now on; `receiver.subscribed` says when it counts."""
        self._receivers[name] = receiver
        await self._command("SUBSCRIBE", name)

    async def unsubscribe(self, name: str) -> None:
        """No longer hears a channel."""
        if self._receivers.pop(name, None):
            await self._command("UNSUBSCRIBE", name)

    async def _command(self, *words: str) -> None:
        connection = self._connection
        if connection is None or connection._writer is None or connection._writer.transport.is_closing():
            return  # _run subscribes to everything when it connects
        try:
            await connection.send_command(*words, check_health=False)
        except (RedisError, OSError):
            self._give_up(connection)

    def _give_up(self, connection: Any) -> None:
        """Closes a broken connection, so that the reading task notices."""
        if self._connection is connection:
            self._connection = None
        if connection._writer is not None:
            connection._writer.transport.abort()

    async def _run(self) -> None:
        while True:
            connection = self._pool.make_connection()
            try:
                await connection.connect()
                feed = PubSubReader(connection, self._dispatch)
                self._connection, self._heard = connection, monotonic()
                if self._receivers:
                    await connection.send_command("SUBSCRIBE", *self._receivers, check_health=False)
                await feed.lost()
            except (RedisError, OSError) as error:
                log.warning("subscriptions.lost", error=type(error).__name__)
            finally:
                self._connection = None
                await connection.disconnect(nowait=True)
            await asyncio.sleep(random.uniform(0.1, 0.5))

    def _dispatch(self, response: Any) -> None:
        self._heard = monotonic()
        kind = response[0] if isinstance(response, list) else response
        if kind not in (b"message", b"subscribe"):
            return
        receiver = self._receivers.get(response[1].decode())
        if receiver is None:
            return
        if kind == b"message":
            receiver.message(response[2])
        else:
            receiver.subscribed()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            if self._connection and monotonic() - self._heard > SILENCE_S:
                self._give_up(self._connection)
            await self._command("PING")
