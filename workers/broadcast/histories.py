"""Keeps the histories whole: a life of Redis that may lack what the channels had gets it back from Kafka first."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import structlog

from schemas.channels import filled_key
from schemas.topics import STAGES
from workers.broadcast.channel import ForgottenError, RedisChannel
from workers.broadcast.entries import Entry, entries
from workers.stage import Record
from workers.tail import Tail

log = structlog.get_logger()

Place = tuple[str, int]
"""A topic and a partition of it: its channels are in no other."""


class Histories:
    """The channels as the stage sees them. The lanes of a partition wait while it is filled.

    What is read back goes through the script that publishes, in order: Redis refuses what it still has, and a listener
    gets what pub/sub lost together with Redis. It begins where the group has committed, at least `window_s` ago, so
    that it never overtakes an older final that a lane has yet to publish; and it goes on to the end of the partition,
    also past the lanes: what they publish later is then refused as not newer. Two processes that fill the same
    partition do no harm, for the same reason.
    """

    def __init__(self, channel: RedisChannel, tail: Tail, now: Callable[[], int], *, window_s: float) -> None:
        self._channel, self._tail, self._now, self._window_ms = channel, tail, now, round(window_s * 1000)
        self._locks: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._filling: asyncio.Task[None] | None = None
        self.publish_partial = channel.publish_partial
        self.note_lag = channel.note_lag
        self.tell = channel.tell
        self.note_language = channel.note_language

    async def publish(self, record: Record, entry: Entry) -> bool:
        """As the protocol says; fills the histories of the record's partition before it when they may not be whole."""
        place = record.topic, record.partition
        while True:
            try:
                return await self._channel.publish(filled_key(*place), entry)
            except ForgottenError:
                await self.fill(place)

    async def fill(self, place: Place) -> None:
        """Returns when the histories of `place` are whole. Reads nothing when they are."""
        filled = filled_key(*place)
        async with self._locks[place]:
            while True:
                run_id, whole = await self._channel.life(filled)
                if whole:
                    return
                with suppress(ForgottenError):  # that life is over, too
                    await self._publish_again(place, run_id)
                    await self._channel.note_filled(filled, run_id)

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

    async def _publish_again(self, place: Place, run_id: str) -> None:
        """Publishes what the partition holds, a fetch at a time. Raises ForgottenError when that life is over."""
        filled, began = filled_key(*place), self._now()
        offset, end = await self._tail.bounds(*place, began - self._window_ms, "broadcast")
        count = 0
        while offset < end:
            records, offset = await self._tail.piece(*place, offset, end)
            for entry in (entry for record in records for entry in entries(record)):
                count += await self._channel.publish(filled, entry, run_id)
        log.info("histories.filled", topic=place[0], partition=place[1], restored=count, took_ms=self._now() - began)

    async def _all(self) -> None:
        for topic in STAGES["broadcast"]:
            for partition in await self._tail.partitions(topic):
                await self.fill((topic, partition))


def _tell(filling: "asyncio.Task[None]") -> None:
    """The lanes will meet the same error, if there are any."""
    if not filling.cancelled() and (error := filling.exception()):
        log.error("histories.not_filled", error=type(error).__name__, detail=str(error))
