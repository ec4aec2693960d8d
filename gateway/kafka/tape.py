"""What one session gives to the log: in order, never given up, with a bound."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from time import monotonic
from typing import NamedTuple

import structlog
from redis.exceptions import RedisError

from gateway import metrics
from gateway.kafka.extent import Extent
from gateway.kafka.joining import joined
from gateway.kafka.log import Log
from schemas.audio import SAMPLE_RATE
from schemas.messages import Message, Session

log = structlog.get_logger()

MOST_AT_ONCE = 64
STALE_S = 1.0
"""What waited for so long may have been overtaken."""
MOVING_S = 1.0
"""A log that delivered nothing for so long stands still."""


class _Queued(NamedTuple):
    topic: str
    message: Message
    until: int
    samples: int
    since: float
    generation: int


class Tape:
    """A queue before the log with one delivery at a time, so that what is durable is always a prefix."""

    def __init__(
        self,
        log: Log,
        session_id: str,
        partition: int,
        *,
        extent: Extent,
        capacity_s: float,
        on_durable: Callable[[], None],
        newest: Callable[[], Awaitable[int]],
        stale_s: float = STALE_S,
    ) -> None:
        """`extent` learns what is in the log, and `on_durable` is called then. `newest` answers the generation of the
        session's newest speaker, or raises RedisError, OSError."""
        self.extent = extent
        self._log, self._session_id, self._partition = log, session_id, partition
        self._capacity = round(capacity_s * SAMPLE_RATE)
        self._on_durable, self._newest, self._stale_s = on_durable, newest, stale_s
        self._waiting: deque[_Queued] = deque()
        self._samples = 0
        self._on_its_way = 0
        """Messages at the head that are being delivered."""
        self._task: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()
        self._empty.set()
        self._moved = -MOVING_S
        self._movement = asyncio.Event()

    @property
    def empty(self) -> bool:
        """Everything is in the log."""
        return not self._waiting

    @property
    def waiting_s(self) -> float:
        """For how long the log has taken nothing of what waits; 0 when nothing does."""
        return monotonic() - max(self._waiting[0].since, self._moved) if self._waiting else 0.0

    def has_room(self, samples: int) -> bool:
        """Whether audio of this length can be taken."""
        return self._samples + samples <= self._capacity

    async def wait_for_room(self, samples: int) -> bool:
        """Waits for room while the log takes what waits; at once False when it stands still."""
        while not self.has_room(samples):
            if monotonic() - self._moved > MOVING_S:
                return False
            self._movement.clear()
            try:
                async with asyncio.timeout(MOVING_S):
                    await self._movement.wait()
            except TimeoutError:
                return False
        return True

    def put(self, topic: str, message: Message, *, generation: int, until: int = 0, samples: int = 0) -> None:
        """Takes a message; `until` is the position up to which audio is durable once it is delivered.

        It is dropped if it had to wait and there is a newer speaker than that of `generation` by then: what that one
        did since must not be undone, nor the place of its words be taken.
        """
        if not self._waiting:
            self._moved = monotonic()
        self._waiting.append(_Queued(topic, message, until, samples, monotonic(), generation))
        self._samples += samples
        self._empty.clear()
        if self._task is None:
            self._task = asyncio.create_task(self._deliver())

    async def drained(self) -> None:
        """Waits until everything is in the log, however long that takes."""
        await self._empty.wait()

    def drop(self) -> None:
        """Drops what waits, but for what is on its way: it was never acknowledged, and there is a newer speaker."""
        while len(self._waiting) > self._on_its_way:
            self._samples -= self._waiting.pop().samples
        self._movement.set()

    def cut(self) -> None:
        """Stops delivering: what waits was never acknowledged."""
        if self._task:
            self._task.cancel()

    async def _deliver(self) -> None:
        while self._waiting:
            await self._log.turn()
            if not self._waiting:
                continue  # dropped meanwhile
            head = self._waiting[0]
            outdated = await self._outdated(head)
            if not self._waiting or self._waiting[0] is not head:
                continue  # dropped meanwhile
            if outdated:
                self._samples -= self._waiting.popleft().samples
                log.warning("log.outdated", session_id=self._session_id, topic=head.topic)
                continue
            records = joined(self._run(head))
            self._on_its_way = sum(record.parts for record in records)
            messages = [record.message for record in records]
            delivered = await self._log.deliver(head.topic, self._partition, self._session_id, messages)
            for _ in range(sum(record.parts for record in records[:delivered])):
                self._settle(self._waiting.popleft())
            self._on_its_way = 0
            self._moved = monotonic()
            self._movement.set()
            self._on_durable()
        self._task = None
        self._empty.set()

    def _run(self, head: _Queued) -> Iterator[Message]:
        """What may go together with the head."""
        for waiting in islice(self._waiting, MOST_AT_ONCE):
            if (waiting.topic, waiting.generation) != (head.topic, head.generation):
                return
            yield waiting.message

    async def _outdated(self, waiting: _Queued) -> bool:
        """Whether it comes from before a long sleep (Kafka was away, or the process was stopped) and was overtaken."""
        if monotonic() - waiting.since < self._stale_s:
            return False
        try:
            return await self._newest() > waiting.generation
        except (RedisError, OSError):
            return False  # Redis cannot say: its speaker was the newest when it was put

    def _settle(self, delivered: _Queued) -> None:
        self._samples -= delivered.samples
        self.extent.deliver(delivered.until)
        if delivered.samples:
            metrics.DURABLE_SECONDS.observe(monotonic() - delivered.since)


class Tapes:
    """Makes the tapes of sessions."""

    def __init__(self, log: Log, capacity_s: float, newest: Callable[[str], Awaitable[int]]) -> None:
        """`newest` answers the generation of the newest speaker of the session with an id; as that of `Tape`."""
        self._log, self._capacity_s, self._newest = log, capacity_s, newest

    def of(self, session: Session, extent: Extent, on_durable: Callable[[], None]) -> Tape:
        """The tape of a session; `on_durable` is told when more of its `extent` is in the log."""
        return Tape(
            self._log,
            session.session_id,
            session.partition,
            extent=extent,
            capacity_s=self._capacity_s,
            on_durable=on_durable,
            newest=lambda: self._newest(session.session_id),
        )
