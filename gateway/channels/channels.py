"""The channels that have readers on this gateway: one subscription each, however many read it."""

import asyncio

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.runtime.redis_life import RedisLife
from gateway.channels.channel import Channel
from gateway.channels.filling import Refill
from gateway.channels.stream import StreamHeads
from gateway.channels.subscriptions import Receiver, Subscriptions
from gateway.errors import unavailable
from gateway.tasks import ended
from schemas.channels import Product, captions_channel, speech_channel
from schemas.languages import AUTO
from schemas.messages import Session
from schemas.socket import Format
from schemas.topics import SPEECH, TRANSCRIPTS, TRANSLATIONS

log = structlog.get_logger()

COMPARE_S = 2.0
"""How often the streams' heads are compared with what was received: a lost last message has no successor to show it."""
OPEN_S = 3.0


class Channels:
    """Opens a channel at its first holder and closes it after the last."""

    def __init__(self, redis: "Redis", subscriptions: Subscriptions, life: RedisLife) -> None:
        self._redis, self._subscriptions, self._life = redis, subscriptions, life
        self._heads = StreamHeads(redis)
        self._open: dict[str, Channel] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to compare heads."""
        self._task = asyncio.create_task(self._compare())

    async def stop(self) -> None:
        """Ends what is under way."""
        if self._task:
            await ended([self._task])
        for channel in self._open.values():
            channel.stop()

    async def captions(self, session: Session, language: str) -> Channel:
        """Holds the captions in a language. Raises RefusedError while Redis is away."""
        topics = [TRANSCRIPTS if language == session.source_language else TRANSLATIONS]
        if session.source_language == AUTO or session.detected or session.language_since:
            topics = [TRANSCRIPTS, TRANSLATIONS]  # some of it may have been said, and some translated
        name = captions_channel(session.session_id, language)
        return await self._hold(name, "captions", language, Refill(self._redis, self._life, session, *topics))

    async def speech(self, session: Session, language: str, audio_format: Format, voice: str = "") -> Channel:
        """Holds the speech in a language, format and chosen voice. Raises RefusedError while Redis is away."""
        name = speech_channel(session.session_id, language, audio_format, voice)
        return await self._hold(name, "speech", language, Refill(self._redis, self._life, session, SPEECH))

    async def _hold(self, name: str, product: Product, language: str, filling: Refill) -> Channel:
        channel = self._open.get(name)
        if channel is None:
            channel = self._open[name] = Channel(self._redis, name, product, language, filling)
        channel.holders += 1
        try:
            if channel.holders == 1:
                await self._subscriptions.subscribe(name, Receiver(channel.message, channel.subscribed))
            async with asyncio.timeout(OPEN_S):
                await channel.ready.wait()
        except TimeoutError:
            await self.release(channel)
            raise unavailable() from None
        except BaseException:
            await self.release(channel)
            raise
        return channel

    async def release(self, channel: Channel) -> None:
        """One holder less."""
        channel.holders -= 1
        if channel.holders == 0 and self._open.get(channel.name) is channel:
            del self._open[channel.name]
            channel.stop()
            await self._subscriptions.unsubscribe(channel.name)

    async def _compare(self) -> None:
        while True:
            await asyncio.sleep(COMPARE_S)
            channels = list(self._open.values())
            if not channels:
                continue
            try:
                streams = [stream.name for each in channels for stream in (each.history, each.revisions)]
                heads = await self._heads.of(streams)
                for channel, entry_id, revision in zip(channels, heads[::2], heads[1::2], strict=True):
                    channel.heads(entry_id, revision)
            except (RedisError, OSError) as error:
                log.warning("channels.not_compared", error=type(error).__name__)
