"""Keeps the histories whole: a life of Redis that may lack what the channels had gets it back from Kafka first."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress

import structlog

from schemas.channels import filled_key
from schemas.messages import End, Segment
from schemas.topics import SPEECH, STAGES, TRANSCRIPTS, TRANSLATIONS
from workers.broadcast.channel import ForgottenError, RedisChannel
from workers.broadcast.entries import NewEntry, entries
from workers.stage import Record
from workers.tail import Tail

log = structlog.get_logger()

Place = tuple[str, int]
"""A topic and a partition of it."""
TOGETHER = ((TRANSCRIPTS, TRANSLATIONS), (SPEECH,))
"""Topics that feed the same channels: a language may be spoken first and translated into later."""


class Histories:
    """The channels as the stage sees them. The lanes of a partition wait while it is filled.

    What is read back goes through the script that publishes, in order: Redis refuses what it still has, and a listener
    gets what pub/sub lost together with Redis. In a session, what was spoken first comes first, also of two topics
    that feed one channel: none overtakes the other because it is read first. It begins where the group has committed,
    at least `window_s` ago, so that it never overtakes an older final that a lane has yet to publish; and it goes on
    to the end of the partition, also past the lanes: what they publish later is then refused as not newer. Two
    processes that fill the same partition do no harm, for the same reason.
    """

    def __init__(self, channel: RedisChannel, tail: Tail, now: Callable[[], int], *, window_s: float) -> None:
        self._channel, self._tail, self._now, self._window_ms = channel, tail, now, round(window_s * 1000)
        self._locks: defaultdict[tuple[tuple[str, ...], int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._filling: asyncio.Task[None] | None = None
        self.publish_partial = channel.publish_partial
        self.note_lag = channel.note_lag
        self.tell = channel.tell
        self.note_language = channel.note_language

    async def publish(self, record: Record, entry: NewEntry) -> bool:
        """As the protocol says; fills the histories of the record's partition before it when they may not be whole."""
        place = record.topic, record.partition
        while True:
            try:
                return await self._channel.publish(filled_key(*place), entry)
            except ForgottenError:
                await self.fill(place)

    async def fill(self, place: Place) -> None:
        """Returns when the histories of `place` are whole. Reads nothing when they are."""
        topic, partition = place
        topics = next(topics for topics in TOGETHER if topic in topics)
        async with self._locks[topics, partition]:
            while True:
                run_id, whole = await self._channel.life(filled_key(*place))
                if whole:
                    return
                with suppress(ForgottenError):  # that life is over, too
                    await self._publish_again(topics, partition, run_id)
                    for each in topics:
                        await self._channel.note_filled(filled_key(each, partition), run_id)

    def fill_all(self) -> None:
        """Fills what is not whole, beside the lanes: where nobody speaks any more, nobody else would."""
        if self._filling:
            self._filling.cancel()
        self._filling = asyncio.create_task(self._all())
        self._filling.add_done_callback(_tell)

    async def close(self) -> None:
        """Leaves what is not filled to others."""
        if self._filling:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)
        await self._tail.close()

    async def _publish_again(self, topics: Sequence[str], partition: int, run_id: str) -> None:
        """Publishes what the partition holds, a fetch at a time. Raises ForgottenError when that life is over."""
        began, count = self._now(), 0
        async with aclosing(self._merged(topics, partition, began - self._window_ms)) as records:
            async for record in records:
                filled = filled_key(record.topic, partition)
                for entry in entries(record):
                    count += await self._channel.publish(filled, entry, run_id)
        log.info("histories.filled", topics=topics, partition=partition, restored=count, took_ms=self._now() - began)

    async def _merged(self, topics: Sequence[str], partition: int, at_ms: int) -> AsyncGenerator[Record]:
        """The records of the topics since then, of each in its order, those of one session among each other by when
        they were spoken: by one clock for all stages. A session that lags holds up none of the others."""
        *before, last = topics
        ahead: defaultdict[str, deque[Record]] = defaultdict(deque)
        """By session, what the topics before the last one hold: of a talk, the finals in the spoken language."""
        for topic in before:
            async for record in self._records(topic, partition, at_ms):
                if entries(record):
                    ahead[record.session_id].append(record)
        async for record in self._records(last, partition, at_ms):
            earlier = ahead[record.session_id]
            while earlier and _spoken_at(earlier[0]) <= _spoken_at(record):
                yield earlier.popleft()
            yield record
        for rest in ahead.values():
            for record in rest:
                yield record

    async def _records(self, topic: str, partition: int, at_ms: int) -> AsyncGenerator[Record]:
        offset, end = await self._tail.bounds(topic, partition, at_ms, "broadcast")
        while offset < end:
            records, offset = await self._tail.piece(topic, partition, offset, end)
            for record in records:
                if isinstance(record.message, Segment | End):
                    yield record

    async def _all(self) -> None:
        for topic in STAGES["broadcast"]:
            for partition in await self._tail.partitions(topic):
                await self.fill((topic, partition))


def _spoken_at(record: Record) -> int:
    """Unix ms."""
    match record.message:
        case Segment() as segment:
            return segment.spoken_at
        case End() as end:
            return end.ended_at
    raise AssertionError(record.message)


def _tell(filling: "asyncio.Task[None]") -> None:
    """The lanes will meet the same error, if there are any."""
    if not filling.cancelled() and (error := filling.exception()):
        log.error("histories.not_filled", error=type(error).__name__, detail=str(error))
