"""Publishes into channels: the only place that writes histories."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from schemas import channels
from workers.broadcast import scripts
from workers.broadcast.entries import NewEntry
from workers.outbox import patiently
from workers.stage import Record


class HistoryWriter(Protocol):
    """Where the broadcast stage publishes."""

    async def publish(self, record: Record, entry: NewEntry) -> bool:
        """Appends what `record` became to its channel and publishes it; False if it is not newer."""

    async def publish_partial(self, name: str, payload: bytes) -> None:
        """Publishes without history."""

    async def note_lag(self, session_id: str, lag_ms: dict[str, int]) -> None:
        """What the last final spent in each stage."""

    async def tell(self, session_id: str, control: channels.Control) -> None:
        """Tells the gateways that have the session."""

    async def note_language(self, session_id: str, language: str, until: int) -> None:
        """The language of the floor was found out, as a final that ends at `until` says; tells the gateways if new."""


class ForgottenError(Exception):
    """This life of Redis may lack what the partition's histories had: they must be filled first."""


class RedisChannel:
    """One script per publication. Waits while Redis is away.

    Redis itself knows whether the histories of a partition are whole: a note of them holds the run id under which
    they were filled, so that any other life (a restart, a restore, a failover) takes nothing new before that.
    """

    def __init__(
        self,
        redis: Redis,
        now: Callable[[], int],
        *,
        most: int,
        speech_history_s: float,
        live_s: float,
        ended_s: float,
    ) -> None:
        """Bounds histories and revisions by `most` entries, and histories of speech by age; keeps a channel `live_s`
        after its last entry (a session may be silent or paused for hours) and `ended_s` after its end."""
        self._redis, self._now = redis, now
        self._most, self._speech_ms = most, round(speech_history_s * 1000)
        self._live_ms, self._ended_ms = round(live_s * 1000), round(ended_s * 1000)
        self._publish, self._revise = redis.register_script(scripts.PUBLISH), redis.register_script(scripts.REVISE)
        self._filled, self._note_lag = redis.register_script(scripts.FILLED), redis.register_script(scripts.NOTE_LAG)
        self._note_language = redis.register_script(scripts.NOTE_LANGUAGE)

    async def publish(self, filled: str, entry: NewEntry, filling: str = "") -> bool:
        """Appends and publishes; False if it is not newer, or its session was deleted.

        Raises ForgottenError when the run id of Redis is neither what `filled` holds nor `filling`.
        """
        name = entry.channel
        keys = [
            name,
            channels.revisions_key(name),
            channels.revised_key(name),
            filled,
            channels.code_key_of(channels.session_of(name)),
        ]

        async def call(script: AsyncScript, args: list[str | bytes]) -> int:
            return int(await patiently(lambda: script(keys=keys, args=[filling, *args])))

        if entry.offset is None:
            done = await call(self._publish, self._of_now(entry))
            if done == scripts.OVERTAKEN:
                done = await call(self._revise, self._late(entry.overtaken)) if entry.overtaken_at is not None else 0
        else:
            done = await call(self._revise, self._late(entry))
        if done < 0:
            raise ForgottenError
        return bool(done)

    def _of_now(self, entry: NewEntry) -> list[str | bytes]:
        now = self._now()
        oldest = now - self._speech_ms if channels.is_speech(entry.channel) else 0
        keep_ms = self._ended_ms if entry.last else self._live_ms
        numbers = entry.segment, entry.number, int(entry.translated), now, self._most, oldest, keep_ms
        return [entry.payload, *map(str, numbers)]

    def _late(self, entry: NewEntry) -> list[str | bytes]:
        assert entry.offset is not None
        translated = int(entry.translated)
        numbers = entry.segment, entry.number, translated, entry.offset, self._most, self._live_ms
        return [entry.payload, *map(str, numbers)]

    async def life(self, filled: str) -> tuple[str, bool]:
        """The run id of Redis, and whether the histories that `filled` tells of are whole under it."""
        return await self._note(filled, "")

    async def note_filled(self, filled: str, run_id: str) -> bool:
        """The histories were filled while Redis had `run_id`; False if that life is over."""
        return (await self._note(filled, run_id))[1]

    async def publish_partial(self, name: str, payload: bytes) -> None:
        """As the protocol of channels says: empty id and previous."""
        await patiently(lambda: self._redis.publish(name, b"\n\n" + payload))

    async def note_lag(self, session_id: str, lag_ms: dict[str, int]) -> None:
        """Kept as long as a live channel."""
        if not lag_ms:
            return
        keys = [channels.lag_key(session_id), channels.code_key_of(session_id)]
        args = [str(self._live_ms), *(str(each) for pair in lag_ms.items() for each in pair)]
        await patiently(lambda: self._note_lag(keys=keys, args=args))

    async def tell(self, session_id: str, control: channels.Control) -> None:
        """What nobody hears is lost."""
        name, said = channels.control_channel(session_id), msgspec.json.encode(control)
        await patiently(lambda: self._redis.publish(name, said))

    async def note_language(self, session_id: str, language: str, until: int) -> None:
        """Beside the session's record, if Redis has it: a gateway writes it again, and the next final says it again."""
        keys = [channels.session_key(session_id), channels.control_channel(session_id)]
        told = msgspec.json.encode(channels.Control(kind="state", at=self._now()))
        await patiently(lambda: self._note_language(keys=keys, args=[language, str(until), told]))

    async def _note(self, filled: str, run_id: str) -> tuple[str, bool]:
        now, whole = await patiently(lambda: self._filled(keys=[filled], args=[run_id]))
        return now.decode(), bool(whole)
