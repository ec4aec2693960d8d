"""What a speaker learns from the captions of the floor, in whichever language that is now: notices, and the texts."""

import asyncio

from redis.exceptions import RedisError

from gateway import metrics
from gateway.channels import missed
from gateway.channels.channel import Channel
from gateway.channels.channels import Channels
from gateway.errors import RefusedError
from gateway.sessions.live import LiveSession
from gateway.speaking.late import Late
from gateway.speaking.other_language import OtherLanguage
from gateway.tasks import Tasks
from gateway.wire.peer import Peer
from schemas.audio import to_ms
from schemas.languages import floor_tag
from schemas.messages import Session
from schemas.socket import Caption

AGAIN_S = 1.0
MOST_FOUND = 20
"""Captions that are shown to a speaker when it is found out which they are."""


class Floor:
    """Of one speaker's socket; a reader of the captions, if the speaker wants them."""

    fast = True

    def __init__(self, peer: Peer, live: LiveSession, channels: Channels, tasks: Tasks) -> None:
        self.peer, self._live, self._channels, self._tasks = peer, live, channels, tasks
        self._late, self._other = Late(), OtherLanguage()
        self._watched: Channel | None = None
        self._captions: Channel | None = None
        self._leaving: Channel | None = None
        """The captions of the language before, until there are some of the present one."""
        self._one_at_a_time = asyncio.Lock()
        self._gone = False

    @property
    def shown(self) -> bool:
        """The speaker reads the captions."""
        return bool(self._captions or self._leaving)

    async def show_captions(self) -> None:
        """The speaker reads the captions. Raises RefusedError."""
        session = self._live.session
        self._captions = await self._channels.captions(session, floor_tag(session.source_language))
        self._captions.add(self)

    def channel_ended(self) -> None:
        """The speaker learns of the end by the answer to endSession."""

    async def follow(self) -> None:
        """Goes on with what is spoken now, as soon as its captions can be had."""
        async with self._one_at_a_time:
            while not self._gone:
                session = self._live.session
                language = floor_tag(session.source_language)
                if self._watched and self._watched.language == language:
                    return
                try:
                    if self._captions and self._captions.language != language:
                        await self._go_over(session)
                    watched = await self._channels.captions(session, language)
                except (RefusedError, RedisError, OSError):
                    await asyncio.sleep(AGAIN_S)
                    continue
                await self._unwatch()
                self._watched = watched
                watched.watch(self._notice)
            await self._unwatch()

    async def leave(self) -> None:
        """The socket is gone."""
        self._gone = True
        if not self._one_at_a_time.locked():  # else `follow`, which holds the lock, does it
            await self._unwatch()
        await self._let_go()
        captions, self._captions = self._captions, None
        if captions:
            captions.remove(self)
            await self._channels.release(captions)

    async def _unwatch(self) -> None:
        channel, self._watched = self._watched, None
        if channel:
            channel.unwatch(self._notice)
            await self._channels.release(channel)

    async def _go_over(self, session: Session) -> None:
        """Reads the captions of what is spoken now; of a language that was found out also those from before that.

        After a choice the last words in the language before may still come. Raises RefusedError, RedisError.
        """
        captions = await self._channels.captions(session, floor_tag(session.source_language))
        try:
            while True:
                read = await missed.read(captions, "", MOST_FOUND if session.detected else 0)
                if missed.complete(captions, read):
                    break
            await self._let_go()
        except BaseException:
            await self._channels.release(captions)
            raise
        if self._gone:
            await self._channels.release(captions)
            return
        self._leaving, self._captions = self._captions, captions
        if frames := missed.frames(captions, read, None, self.peer.form):
            self.peer.write_history(frames)
        captions.add(self)

    async def _let_go(self) -> None:
        channel, self._leaving = self._leaving, None
        if channel:
            channel.remove(self)
            await self._channels.release(channel)

    def _notice(self, caption: Caption) -> None:
        session = self._live.session
        since_ms = to_ms(session.language_since)
        if self._leaving and caption.start_ms >= since_ms:
            self._tasks.spawn(self._let_go())
        if notice := self._late.notice(caption):
            self.peer.send(notice)
        if warning := self._other.notice(caption, session.source_language, since_ms):
            self.peer.send(warning)
            metrics.AUDIO_WARNINGS.labels(warning.code).inc()
