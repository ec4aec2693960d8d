"""What leaves a worker: what is awaited is delivered before its lane goes on, however long Kafka is away.

A record that Kafka will never take, as it is too large, is buried like one that cannot be read: its lane goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

import msgspec
import structlog

from schemas import wire
from schemas.messages import DeadLetter
from schemas.topics import DEAD_LETTERS
from workers import metrics
from workers.shell.letters import letter_of
from workers.stage import Emit, failed
from workers.waiting import FOR_SERVERS

log = structlog.get_logger()


class SendingLog(Protocol):
    """Where records are sent."""

    async def send(
        self, topic: str, *, key: bytes, value: bytes, partition: int, timestamp_ms: int, headers: wire.Headers
    ) -> Awaitable[object]:
        """Returns when the record is on its way; what it returns, when it is delivered."""


class Outgoing:
    """Of one process. `away` is what sending raises while Kafka is away: it is tried again each `again_s`."""

    def __init__(
        self,
        stage: str,
        log: SendingLog,
        away: tuple[type[Exception], ...],
        now: Callable[[], int],
        again_s: float = 0.5,
        *,
        unfit: tuple[type[Exception], ...] = (),
    ) -> None:
        """`unfit`: what sending raises at a record that Kafka never takes, whoever sends it, and whenever."""
        self._stage, self._log, self._away, self._now, self._again_s = stage, log, away, now, again_s
        self._unfit = unfit
        self._handed_over: set[asyncio.Future[Any]] = set()

    async def produce(self, partition: int, session_id: str, emit: Emit) -> None:
        """Returns when it is delivered, or what stands for it; where that is not `awaited`, when it is handed over or
        lost."""
        at = self._now()
        try:
            await self._send(partition, session_id, emit)
            metrics.count(self._stage, emit, at)
        except self._unfit as error:
            reason = f"{type(error).__name__}: Kafka does not take a record of this size"
            await self._give_up(partition, session_id, emit, reason)

    async def _send(self, partition: int, session_id: str, emit: Emit) -> None:
        """Raises what is unfit, if it is awaited."""
        value, headers = wire.encode(emit.topic, emit.message)
        while True:
            try:
                delivered = await self._log.send(
                    emit.topic,
                    key=session_id.encode(),
                    value=value,
                    partition=partition,
                    timestamp_ms=self._now(),
                    headers=headers,
                )
                if emit.awaited:
                    await delivered
                else:
                    self._hand_over(emit.topic, delivered)
                return
            except self._away as error:
                if not emit.awaited:
                    self._dropped(emit.topic, error)
                    return
                if isinstance(error, self._unfit):
                    raise
                name = type(error).__name__
                metrics.SENT_AGAIN.labels(self._stage, emit.topic, name).inc()
                log.warning("kafka.away", topic=emit.topic, error=name)
                with FOR_SERVERS.wait():
                    await asyncio.sleep(self._again_s)

    async def _give_up(self, partition: int, session_id: str, emit: Emit, reason: str) -> None:
        """First into the dead letters, then its hole is announced: killed in between, both are done again."""
        if isinstance(emit.message, DeadLetter):
            await self._send_bare(partition, session_id, emit.message)
            return
        value, headers = wire.encode(emit.topic, emit.message)
        letter = letter_of(self._stage, emit.topic, partition, -1, value, headers, reason, self._now())
        await self.produce(partition, session_id, Emit(DEAD_LETTERS, letter))
        hole = failed(emit.message)
        if hole is not None and hole != emit.message:
            await self.produce(partition, session_id, replace(emit, message=hole))

    async def _send_bare(self, partition: int, session_id: str, letter: DeadLetter) -> None:
        """Without the record: at least where it came from, and why."""
        bare = msgspec.structs.replace(letter, value=b"", headers={})
        try:
            await self._send(partition, session_id, emit := Emit(DEAD_LETTERS, bare))
            metrics.count(self._stage, emit, self._now())
        except self._unfit as error:
            self._dropped(DEAD_LETTERS, error)

    def _hand_over(self, topic: str, delivered: Awaitable[object]) -> None:
        """Keeps a delivery that nobody waits for, so that its error is seen."""
        future = asyncio.ensure_future(delivered)
        self._handed_over.add(future)

        def done(future: "asyncio.Future[Any]") -> None:
            self._handed_over.discard(future)
            if not future.cancelled() and (error := future.exception()):
                self._dropped(topic, error)

        future.add_done_callback(done)

    def _dropped(self, topic: str, error: BaseException) -> None:
        metrics.DROPPED.labels(self._stage, topic).inc()
        log.warning("record.dropped", topic=topic, error=type(error).__name__)
