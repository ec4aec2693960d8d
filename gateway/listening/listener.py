"""A listener's socket: joins, changes language, pauses; what it hears comes from the channels."""

import asyncio
from sys import maxsize
from typing import NamedTuple

import structlog
from msgspec import UNSET
from redis.exceptions import RedisError

from dragoman.runtime.wall_clock import now_ms
from gateway.channels import missed
from gateway.channels.channel import Channel
from gateway.channels.channels import Channels
from gateway.channels.history import is_id
from gateway.channels.offers import NO_OFFERS, CurrentOffers, Offers
from gateway.channels.revisions import NONE_YET
from gateway.errors import RefusedError, RequestId
from gateway.listening.choice import changed, wish_of
from gateway.listening.known import listener_of, new_listener, token_of
from gateway.listening.replacements import Replacements
from gateway.sessions.audience import Wish
from gateway.sessions.here import SessionsHere
from gateway.sessions.live import DRAIN_S, LiveSession
from gateway.tasks import Tasks
from gateway.wire import events
from gateway.wire.peer import Peer
from schemas.close_codes import CloseCode
from schemas.socket import (
    ChangeLanguage,
    JoinSession,
    LanguageChanged,
    PlaybackChanged,
    SessionEnded,
    SessionJoined,
    SessionLeft,
    SetPlayback,
    Subscription,
)

log = structlog.get_logger()

AGAIN_S = 0.5
ASLEEP_S = 30.0
"""A player that stands still for so long no longer asks for speech to be made."""


class ListenerNeeds(NamedTuple):
    """What all listeners of a gateway work with."""

    here: SessionsHere
    channels: Channels
    offers: CurrentOffers
    replacements: Replacements
    tasks: Tasks
    secret: str
    notice: str
    """That machines made what is read and heard."""


class LiveListener:
    """One listener. `wish` is what the gateway's lease says of it."""

    __slots__ = (
        "_captions",
        "_changing",
        "_choice",
        "_floor",
        "_gone",
        "_hidden",
        "_hidden_behind",
        "_left",
        "_needs",
        "_sleeper",
        "_speech",
        "fast",
        "joined",
        "known",
        "listener_id",
        "live",
        "moderates",
        "offers",
        "peer",
        "since_ms",
        "wish",
    )  # fmt: skip
    role = "listener"

    def __init__(
        self, needs: ListenerNeeds, peer: Peer, live: LiveSession, choice: JoinSession, wish: Wish, *, floor: str
    ) -> None:
        """`floor` is what was spoken when `wish` was made."""
        self.peer, self.live, self.wish = peer, live, wish
        who = listener_of(choice.resume.listener, live.session.session_id, needs.secret)
        self.known = bool(who)
        """It said by its token who it is."""
        shared = needs.replacements.often(who)
        self.listener_id = who if who and not shared else new_listener()
        self.since_ms = maxsize
        """Redis's time of its join; later than any before that."""
        self._gone = False
        """It said that it will not come back, or has come back by another socket."""
        self.fast = choice.mode == "fast"
        self.joined = False
        self.moderates = bool(choice.moderator_token)
        """It may hide, withdraw and end; and captions are not hidden from it."""
        self._needs, self._choice = needs, choice
        self._hidden = False
        """It gets nothing, as captions are hidden."""
        self._hidden_behind: str | None = None
        """Id of the last caption that it got before that, so that it gets what came since once captions are shown.

        Empty: it was there, and no caption had come yet, so it gets all of them. None: they are not hidden, or it came
        when they were and said no such id, so it gets as much of the history as it asked for.
        """
        self.offers = NO_OFFERS
        """What it was told that can be had."""
        self._captions: Channel | None = None
        self._speech: Channel | None = None
        self._sleeper: asyncio.TimerHandle | None = None
        self._floor = floor
        """What was spoken when `wish` was made."""
        self._changing = asyncio.Lock()
        self._left = False
        """The socket is gone."""

    @property
    def place(self) -> str:
        """Up to where the captions were sent: the id of an event."""
        channel = self._captions
        return events.place(channel.last, channel.last_revision or NONE_YET) if channel else ""

    async def begin(self, offers: Offers, resumes: bool) -> None:
        """Joins the live session and answers. Raises RefusedError, RedisError."""
        self.since_ms = await self.live.demand.join(self, known=self.known, resumes=resumes)
        self._captions, self._speech = await self._hold(self.wish)
        resume = self._choice.resume
        while True:
            read = await missed.read(self._captions, resume.captions, self._choice.history)
            spoken = await missed.read(self._speech, resume.speech, 0)
            withdrawn = await self._withdrawn(spoken)
            if missed.complete(self._captions, read) and missed.complete(self._speech, spoken):
                break
        if not (resume.captions or resume.speech) and self._long_over():
            raise RefusedError("session-ended", "The session has ended, and nothing of it is kept in this language.")
        # from here to the end nothing is awaited: what was read and what comes live meet without a gap
        self._captions, self._speech = self._unless_hidden(self._captions, self._speech)
        self._hidden_behind = resume.captions if self._hidden and is_id(resume.captions) else None
        session = self.live.session
        answer = SessionJoined(
            session_id=session.code,
            title=session.title,
            source_language=session.source_language,
            state=self.live.shown,
            languages=offers.languages(session.source_language),
            format=self.wish.format if self._speech else None,
            captions=_subscription(self._captions, read.recovered),
            speech=_subscription(self._speech, spoken.recovered, self.wish.voice),
            listener=token_of(self.listener_id, session.session_id, self._needs.secret),
            detected=session.detected,
            hidden=session.hidden,
            moderator=self.moderates,
            notice=self._needs.notice,
        )
        self.peer.answer(answer, self._choice.request_id)
        self.joined, self.offers = True, offers
        back = read.recovered or (resume.revisions and not resume.captions)
        self._send_missed(self._captions, read, missed.Seen(resume.revisions, self._choice.history) if back else None)
        self._send_missed(self._speech, missed.unspoken(spoken, withdrawn))
        self._listen()
        if self._hidden != (session.hidden and not self.moderates):  # meanwhile
            self.follow_hiding()
        if self._floor != session.source_language:  # it was found out, or changed, meanwhile
            self._needs.tasks.spawn(self.follow_floor(offers))

    def _long_over(self) -> bool:
        """The session has ended, its last words are out, and nothing of it is kept any more."""
        session = self.live.session
        coming = now_ms() - session.updated_at < DRAIN_S * 1000
        kept = any(each and (each.last or each.last_revision) for each in (self._captions, self._speech))
        return session.state == "ended" and not coming and not kept

    async def change_language(self, request: ChangeLanguage) -> None:
        """Goes over to other channels and answers between the two. Raises RefusedError, RedisError."""
        async with self._changing:
            choice = changed(self._choice, request)
            await self._go_over(choice, self._wished(choice, await self._needs.offers.now()), request)

    async def follow_floor(self, offers: Offers) -> None:
        """Another language is spoken: what is said in the listener's own needs no voice, what is translated does.

        What cannot be had any more is not said; the client was told what can. Raises RedisError, and RefusedError
        when it may be had later.
        """
        async with self._changing:
            try:
                wish = self._wished(self._choice, offers)
                if not (self._gone or self._left) and wish != self.wish:
                    history = self._choice.history if self.live.session.detected else 0
                    await self._go_over(self._choice, wish, ChangeLanguage(session_id=self.live.code, history=history))
            except RefusedError as error:
                if error.code == "unavailable":
                    raise
                log.info("listener.floor_not_followed", code=error.code)

    def follow_hiding(self) -> None:
        """Captions and speech were hidden, or are shown again. What is hidden stops at once."""
        if self.moderates:
            return
        if self.live.session.hidden:
            if self._captions and self._hidden_behind is None:
                self._hidden_behind = self._captions.last
            self._silence()
        self._needs.tasks.spawn(self._follow_hiding())

    async def _follow_hiding(self) -> None:
        """As if it went over to no language, or to its own from none. Tries again until that is so."""
        while not (self._gone or self._left):
            try:
                async with self._changing:
                    request = ChangeLanguage(session_id=self.live.code, history=self._choice.history)
                    await self._go_over(self._choice, self.wish, request)
                return
            except (RefusedError, RedisError, OSError) as error:
                log.warning("listener.hiding_not_followed", error=type(error).__name__)
                await asyncio.sleep(AGAIN_S)

    def _wished(self, choice: JoinSession, offers: Offers) -> Wish:
        self._floor = self.live.session.source_language
        wish = wish_of(offers, self._floor, choice)
        return wish._replace(paused=self.wish.paused, asleep=self.wish.asleep)

    async def _go_over(self, choice: JoinSession, wish: Wish, request: ChangeLanguage) -> None:
        before, self.wish = self.wish, wish
        try:
            await self.live.demand.change(self)
            captions, speech, read = await self._hold_and_read(wish, request.history)
        except BaseException:
            self.wish = before
            self.live.demand.write_soon()
            raise
        if self._left:  # meanwhile
            await self._release(captions, speech)
            return
        captions, speech = self._unless_hidden(captions, speech)
        old = [self._captions, self._speech]
        self._silence()
        shown_again = captions is not None and self._hidden_behind is not None
        kept = [channel is not None and channel in old and not shown_again for channel in (captions, speech)]
        answer = LanguageChanged(
            session_id=self.live.code,
            format=wish.format if speech else None,
            captions=_subscription(captions, kept[0]),
            speech=_subscription(speech, kept[1], wish.voice),
        )
        self.peer.answer(answer, request.request_id)
        self._choice, self._captions, self._speech = choice, captions, speech
        self.fast = choice.mode == "fast"
        if not self._hidden:
            self._hidden_behind = None
        self._send_missed(captions, read)
        self._listen()
        await self._release(*old)

    async def set_playback(self, request: SetPlayback) -> PlaybackChanged:
        """Notes whether the player stands still. Raises RedisError."""
        if self._sleeper:
            self._sleeper.cancel()
            self._sleeper = None
        self.wish = self.wish._replace(paused=request.paused, asleep=False)
        if request.paused:
            self._sleeper = asyncio.get_running_loop().call_later(ASLEEP_S, self._fall_asleep)
        await self.live.demand.write()
        return PlaybackChanged(session_id=self.live.code, paused=request.paused)

    async def leave_for_good(self, request_id: RequestId) -> None:
        """The listener says that it will not come back: nothing is made for it any more. Raises RedisError."""
        if not self._gone:
            self._gone = True
            self.live.demand.leave(self, on_purpose=True)
        await self.live.demand.write()
        self.peer.answer(SessionLeft(session_id=self.live.code), request_id)
        self.peer.close(CloseCode.NORMAL)

    def dismissed(self) -> None:
        """It said beside its socket that it will not come back."""
        self._gone = True
        self.live.listeners.discard(self)
        self.peer.close(CloseCode.NORMAL)

    def replaced(self) -> None:
        """The listener has come back by another socket: this one is dead, which nobody noticed.

        Or the network delivered that join late, and this socket is alive: then its client comes back.
        """
        self._needs.replacements.note(self.listener_id)
        self._gone = True
        self.live.listeners.discard(self)
        self.peer.close(CloseCode.RESTART)

    def channel_ended(self) -> None:
        """Nothing more follows in one of the channels."""
        if all(channel.ended for channel in (self._captions, self._speech) if channel):
            self.finish()

    def session_ended(self) -> None:
        """The session ended; the channels may still have something."""
        if self.joined:
            self.channel_ended()

    def finish(self) -> None:
        """Nothing more follows at all."""
        if not self.peer.closing:
            self.peer.send(SessionEnded(session_id=self.live.code))
            self.peer.close(CloseCode.SESSION_ENDED)

    async def leave(self, *, on_purpose: bool = False) -> None:
        """The socket is gone; `on_purpose`: nobody comes back."""
        self._left = True
        if self._sleeper:
            self._sleeper.cancel()
        self._silence()
        if not self._gone:
            self.live.demand.leave(self, on_purpose=on_purpose or self.live.session.state == "ended")
        self.live.demand.write_soon()
        await self._release(self._captions, self._speech)
        await self._needs.here.leave(self.live)

    async def _release(self, *channels: Channel | None) -> None:
        for channel in channels:
            if channel:
                await self._needs.channels.release(channel)

    def _fall_asleep(self) -> None:
        self.wish = self.wish._replace(asleep=True)
        self.live.demand.write_soon()

    def _listen(self) -> None:
        for channel in (self._captions, self._speech):
            if channel:
                channel.add(self)
        if self.live.shown == "ended" or any(c.ended for c in (self._captions, self._speech) if c):
            self.session_ended()

    def _silence(self) -> None:
        for channel in (self._captions, self._speech):
            if channel:
                channel.remove(self)

    async def _hold(self, wish: Wish) -> tuple[Channel | None, Channel | None]:
        session, channels = self.live.session, self._needs.channels
        self._hidden = session.hidden and not self.moderates
        if self._hidden:
            return None, None
        captions = await channels.captions(session, wish.captions) if wish.captions else None
        try:
            speech = None
            if wish.speech and wish.format:
                speech = await channels.speech(session, wish.speech, wish.format, wish.voice)
        except BaseException:
            if captions:
                await channels.release(captions)
            raise
        return captions, speech

    def _unless_hidden(self, captions: Channel | None, speech: Channel | None) -> tuple[Channel | None, Channel | None]:
        """The channels that it was to get; none if captions were hidden while their history was read."""
        if self._hidden or self.moderates or not self.live.session.hidden:
            return captions, speech
        self._hidden = True
        self._needs.tasks.spawn(self._release(captions, speech))
        return None, None

    async def _hold_and_read(self, wish: Wish, history: int) -> tuple[Channel | None, Channel | None, missed.Backlog]:
        captions, speech = await self._hold(wish)
        read = missed.NOTHING
        try:
            while captions is not None and (captions is not self._captions or self._hidden_behind is not None):
                read = await missed.read(captions, "", max(history, await self._meanwhile(captions)))
                if missed.complete(captions, read):
                    break
        except BaseException:
            await self._release(captions, speech)
            raise
        return captions, speech, read

    async def _meanwhile(self, captions: Channel) -> int:
        """How many captions came while they were hidden from it."""
        return len((await captions.since(self._hidden_behind))[0]) if self._hidden_behind is not None else 0

    async def _withdrawn(self, spoken: missed.Backlog) -> frozenset[int]:
        """Segments that were taken back, which who only hears is not told by captions."""
        captions, reads = self._captions, self._captions is not None
        if captions is None and spoken.entries and self.wish.speech:
            captions = await self._needs.channels.captions(self.live.session, self.wish.speech)
        found = captions.revised.withdrawn if captions else frozenset[int]()
        if not reads:
            await self._release(captions)
        return found

    def _send_missed(self, channel: Channel | None, read: missed.Backlog, seen: missed.Seen | None = None) -> None:
        if channel and (frames := missed.frames(channel, read, seen, self.peer.form)):
            self.peer.write_history(frames)


def _subscription(channel: Channel | None, recovered: bool, voice: str = "") -> Subscription | None:
    if channel is None:
        return None
    revisions = channel.last_revision or NONE_YET if channel.product == "captions" else ""
    return Subscription(
        language=channel.language, id=channel.last, recovered=recovered, voice=voice or UNSET, revisions=revisions
    )
