"""What leaves a worker: what is awaited is delivered before its lane goes on, however long Kafka is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from schemas import wire
from workers import metrics
from workers.stage import Emit
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
    ) -> None:
        self._stage, self._log, self._away, self._now, self._again_s = stage, log, away, now, again_s
        self._handed_over: set[asyncio.Future[Any]] = set()

    async def produce(self, partition: int, session_id: str, emit: Emit) -> None:
        """Returns when it is delivered; where that is not `awaited`, when it is handed over or lost."""
        value, headers = wire.encode(emit.topic, emit.message)
        metrics.count(self._stage, emit, self._now())
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
                log.warning("kafka.away", topic=emit.topic, error=type(error).__name__)
                with FOR_SERVERS.wait():
                    await asyncio.sleep(self._again_s)

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
