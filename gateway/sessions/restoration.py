"""Gives Redis back what it forgot: after a restart it may know nothing, or what was true a second ago."""

import asyncio
from typing import Any

import structlog
from redis.exceptions import RedisError

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.wall_clock import now_ms
from gateway.access.token import SpeakerClaims
from gateway.errors import unavailable
from gateway.kafka.recall import Recall
from gateway.sessions.here import SessionsHere
from gateway.sessions.sessions import Sessions
from gateway.tasks import ended
from schemas.channels import restored_key, restoring_key

log = structlog.get_logger()

LOCK_MS = 4_000
"""How long a gateway that died at it keeps the others from it; two at once do no harm."""
LOOK_S = 0.2
OTHERS_S = 2.0
"""How long the other gateways may take to notice the new life and to write what they know better than the log."""
PATIENCE_S = 5.0
"""How long a request waits until Redis knows everything again."""
AT_ONCE = 64


class Restoration:
    """Under every new life of Redis, each gateway writes its own sessions at once, and one of them all others."""

    def __init__(
        self, redis: Any, life: RedisLife, recall: Recall, *,
        sessions: Sessions, here: SessionsHere, gateway_id: str, keep_ms: int,
    ) -> None:  # fmt: skip
        self._redis, self._life, self._recall = redis, life, recall
        self._sessions, self._here = sessions, here
        self._gateway_id, self._keep_ms = gateway_id, keep_ms
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        life.on_change(self._changed.set)

    def start(self) -> None:
        """Begins, in the background and for as long as it takes."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends."""
        if self._task:
            await ended([self._task])

    async def complete(self) -> None:
        """Waits until Redis knows every session. Raises RefusedError when that takes long, RedisError."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await self._is_complete():  # noqa: ASYNC110  # the state is in Redis
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise unavailable() from None

    async def one(self, claims: SpeakerClaims) -> None:
        """Gives Redis a single session back that it does not know under the same life."""
        live = self._here.get(claims.session_id)
        if live:
            await live.write_again()
            return
        try:
            async with asyncio.timeout(PATIENCE_S):
                sessions = await self._recall.sessions(claims.partition)
        except TimeoutError:
            raise unavailable() from None
        for session in sessions:
            if session.session_id == claims.session_id:
                await self._sessions.restore(session)

    async def _is_complete(self) -> bool:
        """Asks Redis itself: it may have been started again a moment ago."""
        run_id = await self._life.look()
        restored: bytes | None = await self._redis.get(restored_key())
        return restored == run_id.encode()

    async def _run(self) -> None:
        under = ""
        while True:
            self._changed.clear()
            try:
                run_id = await self._life.look()
                if run_id != under:
                    await self._write_own()
                    await self._see_to_the_rest(run_id)
                    under = run_id
                await self._changed.wait()
            except (RedisError, OSError):
                await asyncio.sleep(LOOK_S)

    async def _write_own(self) -> None:
        for live in self._here:
            await live.write_again()

    async def _see_to_the_rest(self, run_id: str) -> None:
        redis = self._redis
        while self._life.run_id == run_id and await redis.get(restored_key()) != run_id.encode():
            if await self._is_mine():
                await self._restore_all(run_id)
            await asyncio.sleep(LOOK_S)

    async def _is_mine(self) -> bool:
        """Whether it falls to this gateway. A lock that it took before Redis went away once more is still its own."""
        redis, mine = self._redis, self._gateway_id
        if await redis.set(restoring_key(), mine, nx=True, px=LOCK_MS):
            return True
        holder: bytes | None = await redis.get(restoring_key())
        return holder == mine.encode()

    async def _restore_all(self, run_id: str) -> None:
        begun = asyncio.get_running_loop().time()
        sessions = await self._recall.sessions()
        oldest = now_ms() - self._keep_ms
        due = [session for session in sessions if session.state != "ended" or session.updated_at > oldest]
        given = 0
        for first in range(0, len(due), AT_ONCE):
            batch = due[first : first + AT_ONCE]
            given += sum(await asyncio.gather(*(self._sessions.restore(session) for session in batch)))
        if any(session.state != "ended" for session in due):  # their listeners may be on other gateways
            await asyncio.sleep(begun + OTHERS_S - asyncio.get_running_loop().time())
        if await self._life.look() == run_id:
            await self._redis.set(restored_key(), run_id)
            await self._redis.delete(restoring_key())
            log.info("sessions.restored", sessions=given, known=len(due) - given)
