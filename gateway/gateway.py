"""The whole gateway: built from settings, started, and stopped without cutting anybody off unheard."""

import asyncio
import random
from contextlib import suppress

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.operator import serve_operator_port
from dragoman.runtime.redis_client import redis_client
from dragoman.runtime.settings import Settings
from gateway import metrics
from gateway.access.check import check_access
from gateway.access.origins import Origins
from gateway.address import BACKLOG, listening_socket, public_url
from gateway.limits.limits import check_limits
from gateway.parts import Parts
from gateway.site.faults import QuietLogger
from gateway.site.site import Routes
from gateway.tasks import ended
from gateway.tls import tls_context
from gateway.upkeep import Upkeep
from gateway.wire.peer import Peer
from schemas.close_codes import CloseCode

log = structlog.get_logger()

PROBE_S = 1.0
FAREWELL_S = 2.0
LINGER_S = 2.0
"""How long the rest of a request is read that was answered before its end."""


class Gateway:
    """`start` serves; `stop` closes every socket with 1012 first."""

    def __init__(self, settings: Settings) -> None:
        """Raises DragomanError for settings that do not do."""
        check(settings)
        self._settings = settings
        self._peers: set[Peer] = set()
        self._redis_answers = False
        self._runners: list[web.AppRunner] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.url = ""
        """Where it serves, once it does."""
        self.port = self.operator_port = 0
        self.parts: Parts | None = None
        """Once started."""
        self._upkeep: Upkeep | None = None
        self._public: web.AppRunner | None = None
        self._door: asyncio.Server | None = None

    async def start(self) -> None:
        """Serves from now on; Kafka and Redis may come later. Raises DragomanError."""
        settings = self._settings
        tls = tls_context(settings)
        listening = listening_socket(settings.host, settings.port)
        self.port = listening.getsockname()[1]
        self.url = public_url(settings, self.port)
        redis = connect_redis(settings.redis)
        self.parts = parts = Parts(settings, redis, self.url)
        try:
            operator, self.operator_port = await serve_operator_port(
                settings.operator_host, settings.operator_port, self.missing
            )
        except DragomanError:
            listening.close()
            raise
        self._runners.append(operator)
        parts.start()
        self._upkeep = Upkeep(parts, self._peers)
        self._upkeep.start()
        self._tasks.append(asyncio.create_task(self._probe_redis()))
        # keepalive_timeout is the time for a request's head too: nothing else in aiohttp bounds that.
        site = Routes(parts, self._peers, Origins(self.url, settings.listed("origins")), settings)
        runner = web.AppRunner(
            site.application(),
            access_log=None,
            keepalive_timeout=settings.request_s,
            lingering_time=LINGER_S,
            logger=QuietLogger(),
            shutdown_timeout=FAREWELL_S,
        )
        self._runners.append(runner)
        self._public = runner
        await runner.setup()
        self._door = await asyncio.get_running_loop().create_server(
            runner.server,  # type: ignore[arg-type]  # there is one after setup
            sock=listening,
            ssl=tls,
            backlog=BACKLOG,
            ssl_handshake_timeout=settings.request_s if tls else None,
        )
        log.info("gateway.listening", url=self.url, port=self.port, operator_port=self.operator_port)

    @property
    def connections(self) -> int:
        """Connections to the public port, with a request or without."""
        server = self._public.server if self._public else None
        return len(server.connections) if server else 0

    def missing(self) -> str:
        """What keeps the gateway from its work; empty: nothing."""
        assert self.parts is not None
        if self.parts.draining:
            return "going away"
        away = [
            name for name, here in (("kafka", self.parts.log.reachable), ("redis", self._redis_answers)) if not here
        ]
        if issuer := self.parts.access.missing():
            away.append(issuer)
        return f"not reachable: {', '.join(away)}" if away else ""

    async def drain(self, hurry: asyncio.Event) -> None:
        """Takes nobody in, and sends all clients elsewhere one after the other; ends early when `hurry` is set."""
        assert self.parts is not None
        self.parts.draining = True
        log.info("gateway.draining", sockets=len(self._peers))
        for peer in tuple(self._peers):
            peer.send_away(random.uniform(0, self._settings.drain_s))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_s):
                while self._peers and not hurry.is_set():  # noqa: ASYNC110  # once in a process's life
                    await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Says good-bye to every client, then closes everything.

        Nobody is taken in meanwhile: clients come back at once, and who came after the good-bye would be waited for.
        """
        if self.parts:
            self.parts.draining = True
        if self._door:
            self._door.close()
        for peer in tuple(self._peers):
            peer.close(CloseCode.RESTART)
        deadline = asyncio.get_running_loop().time() + FAREWELL_S
        while self._peers and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110  # once in a process's life
            await asyncio.sleep(0.02)
        for peer in tuple(self._peers):
            peer.evict()
        if self._upkeep:
            await self._upkeep.stop()
        await ended(self._tasks)
        for runner in reversed(self._runners):
            await runner.cleanup()
        if self.parts:
            await self.parts.stop()

    async def _probe_redis(self) -> None:
        assert self.parts is not None
        while True:
            try:
                await self.parts.life.look()
                self._redis_answers = True
            except (RedisError, OSError, TimeoutError):
                self._redis_answers = False
            metrics.CONNECTIONS.set(self.connections)
            await asyncio.sleep(PROBE_S if self._redis_answers else PROBE_S / 10)


def check(settings: Settings) -> None:
    """Raises DragomanError with one line that says what to set."""
    check_access(settings)
    for name, meaning in (("kafka", "host:port of the brokers"), ("redis", "redis://host:port/0")):
        if not getattr(settings, name):
            raise DragomanError(f"DRAGOMAN_{name.upper()} is not set: it must be {meaning}")
    if len(settings.secret) < 16:
        raise DragomanError(
            "DRAGOMAN_SECRET must have 16 characters or more: it signs the speakers' tokens, the same in every gateway"
        )
    check_limits(settings)


def connect_redis(url: str) -> "Redis":
    """A client that gives up soon: a request is refused rather than kept waiting. Raises DragomanError."""
    try:
        return redis_client(
            url,
            waits=True,  # a hall that joins at once waits its turn
            protocol=2,  # RESP3 formats every push into a string, logged or not
            socket_timeout=3,
            socket_connect_timeout=1,
            retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.3), 2),
            max_connections=64,
            timeout=5,
        )
    except ValueError as error:
        raise DragomanError("DRAGOMAN_REDIS is not the URL of a Redis: it must be redis://host:port/0") from error
