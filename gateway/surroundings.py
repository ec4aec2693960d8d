"""What the roles of a socket work with: one of each in a gateway."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.runtime.redis_life import RedisLife
from gateway.access.access import Access
from gateway.errors import RefusedError, unavailable
from gateway.limits.limits import Limits
from gateway.listening.asking import Asking
from gateway.listening.channels import Channels
from gateway.listening.lease import Linger
from gateway.listening.offers import Offers, read_offers
from gateway.listening.replacements import Replacements
from gateway.listening.subscriptions import Subscriptions
from gateway.presence import appear
from gateway.sessions.live import LiveSession
from gateway.sessions.restoration import Restoration
from gateway.sessions.sessions import Sessions, Standing
from gateway.speaking.log import KafkaLog
from gateway.speaking.recall import Recall
from gateway.speaking.tape import Tape
from gateway.tasks import ended

log = structlog.get_logger()

RECALL_S = 8.0
"""How long the search for the end of a session's audio may take."""


class Surroundings:
    """Redis, Kafka, and the sessions that have a socket here."""

    def __init__(
        self, *, redis: "Redis", kafka_log: KafkaLog, gateway_id: str, secret: str, public_url: str, buffer_s: float,
        grace_s: float, keep_s: float, history_s: float, recall: Recall, access: Access, limits: Limits,
        linger: Linger, instance: str,
    ) -> None:  # fmt: skip
        self.redis: Any = redis  # redis-py's types do not know that answers are bytes
        self.log = kafka_log
        self.access = access
        self.gateway_id, self.secret, self.public_url = gateway_id, secret, public_url
        self.buffer_s, self.grace_s = buffer_s, grace_s
        self.keep_ms, self.history_ms = round(keep_s * 1000), round(history_s * 1000)
        self.linger, self.instance = linger, instance
        self.sessions = Sessions(redis, gateway_id, keep_s)
        self.subscriptions = Subscriptions(redis)
        self.life = RedisLife(redis)
        self.channels = Channels(redis, self.subscriptions, self.life)
        self.replacements = Replacements()
        self.draining = False
        """The gateway is about to end and takes nobody in."""
        self.live: dict[str, LiveSession] = {}
        self.recall = recall
        self.limits = limits
        self.restoration = Restoration(self, self.life, recall)
        self.asking = Asking(redis, kafka_log, self.spawn)
        self._offers = Offers({}, {}, {})
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Begins to connect to Kafka and Redis."""
        self.log.start()
        self.access.start()
        self.subscriptions.start()
        self.channels.start()
        self.restoration.start()
        self.spawn(appear(self.redis, self.subscriptions, self.gateway_id, self.instance))

    async def stop(self) -> None:
        """Gives what was accepted to the log as far as it goes, and closes everything."""
        tapes = [live.tape for live in self.live.values() if live.tape]
        try:
            async with asyncio.timeout(5):
                await asyncio.gather(*(tape.drained() for tape in tapes))
        except TimeoutError:
            log.warning("log.not_drained", sessions=sum(not tape.empty for tape in tapes))
        for tape in tapes:
            tape.cut()
        await ended(self._tasks)
        await self.access.stop()
        await self.restoration.stop()
        await self.recall.stop()
        await self.channels.stop()
        await self.subscriptions.stop()
        await self.log.stop()
        await self.redis.aclose()

    async def offers(self) -> Offers:
        """What can be had now. Raises RedisError."""
        offers = (await read_offers(self.redis)).or_else(self._offers)
        if offers != self._offers:  # what is the same stays the same object
            self._offers = offers
        return self._offers

    async def find(self, typed: str) -> Standing:
        """The session behind a code, however it is typed. Raises RefusedError, RedisError."""
        standing = await self.sessions.find(typed)
        if standing is None:
            await self.restoration.complete()  # Redis may just have forgotten it
            standing = await self.sessions.find(typed)
        if standing is None:
            raise RefusedError("session-not-found", "There is no session with this code: check it.")
        return standing

    def join_url(self, code: str) -> str:
        """What listeners open."""
        return f"{self.public_url}/listen/{code}"

    @property
    def out_of_touch(self) -> bool:
        """Redis has been away for so long that other gateways, if they reach it, may soon end the sessions here."""
        return self.life.silent_s > self.grace_s / 2

    async def end_of_audio(self, standing: Standing) -> int:
        """Where the session's audio ends: Redis knows that to the sample only if it was noted when the speaker left.

        Raises RefusedError when it cannot be found.
        """
        live = self.live.get(standing.session.session_id)
        if standing.speaker == self.gateway_id and live and live.tape:
            return max(standing.position, live.position)
        if standing.exact:
            return standing.position
        try:
            async with asyncio.timeout(RECALL_S):
                return max(standing.position, await self.recall.end_of_audio(standing.session))
        except TimeoutError:
            raise unavailable() from None

    async def enter(self, standing: Standing) -> LiveSession:
        """The session here, opened if no socket of it is yet. Whoever enters leaves."""
        live = self.live.get(standing.session.session_id)
        if live is None:
            live = self.live[standing.session.session_id] = LiveSession(self, standing)
        live.holders += 1
        if live.holders == 1:
            await live.open()
        return live

    async def leave(self, live: LiveSession) -> None:
        """Closes the session here when nobody is in it any more and all its audio is in the log."""
        live.holders -= 1
        if live.holders:
            return
        if live.tape and not live.tape.empty:
            live.holders += 1
            self.spawn(self._leave_drained(live, live.tape))
            return
        if self.live.get(live.session.session_id) is live:
            del self.live[live.session.session_id]
            await live.close()

    async def _leave_drained(self, live: LiveSession, tape: Tape) -> None:
        await tape.drained()
        await self.leave(live)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs something beside the sockets; its errors are logged."""
        task = asyncio.create_task(self._guarded(work))
        task.add_done_callback(lambda _: work.close())  # a task that is cancelled at once never begins its work
        self.keep(task)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Takes a task that ends with the gateway at the latest."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (RedisError, OSError) as error:
            log.warning("gateway.unreachable", error=type(error).__name__)
        except Exception:  # a fault in one session must not end the others
            log.exception("gateway.fault")
