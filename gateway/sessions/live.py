"""A session that has a socket on this gateway: its speaker, its listeners, and what they are told."""

import asyncio
from collections.abc import Callable
from time import monotonic

import msgspec
import structlog
from redis.exceptions import RedisError

from gateway.channels.offers import CurrentOffers
from gateway.channels.subscriptions import Receiver, Subscriptions
from gateway.errors import RefusedError
from gateway.kafka.extent import Extent
from gateway.kafka.recall import version
from gateway.kafka.tape import Tape
from gateway.sessions.demand import Demand
from gateway.sessions.detected import not_forgotten
from gateway.sessions.language import tell_language
from gateway.sessions.roles import ListenerRole, SpeakerRole
from gateway.sessions.sessions import Sessions, Standing
from gateway.tasks import Tasks
from schemas.channels import Control, control_channel
from schemas.close_codes import CloseCode
from schemas.messages import Session
from schemas.socket import ListenersChanged, SessionEnded, ShownState, SpeakerState

log = structlog.get_logger()

DRAIN_S = 30.0
"""How long sockets wait for the last captions of a session that ended."""
UNDURABLE_S = 300.0
"""How long they wait when nobody says that the end is in the log: Kafka may be away."""
TELL_S = 1.0
"""listenersChanged is sent at most once in this time."""
_control = msgspec.json.Decoder(Control)


class LiveSession:
    """The state here follows Redis: by the control channel at once, by `refresh` in any case."""

    def __init__(
        self, standing: Standing, *, sessions: Sessions, subscriptions: Subscriptions, offers: CurrentOffers,
        tasks: Tasks, demand: Callable[["LiveSession"], Demand],
    ) -> None:  # fmt: skip
        self.session = standing.session
        self.away = not standing.speaker
        self.closed = standing.closed
        """It has ended, and the end is in the log."""
        self.extent = Extent(standing.position)
        self.speaker: SpeakerRole | None = None
        self.listeners: set[ListenerRole] = set()
        self.tape: Tape | None = None
        self.holders = 0
        self.demand = demand(self)
        self._sessions, self._subscriptions, self._offers, self._tasks = sessions, subscriptions, offers, tasks
        self._told = -TELL_S
        self._counts: object = None
        self._teller: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def code(self) -> str:
        """What people type."""
        return self.session.code

    @property
    def shown(self) -> ShownState:
        """What listeners see."""
        if self.session.state == "ended":
            return "ended"
        return "away" if self.away else self.session.state

    async def open(self) -> None:
        """Begins to hear what other gateways say about the session."""
        receiver = Receiver(self._controlled, self._reconnected)
        await self._subscriptions.subscribe(control_channel(self.session.session_id), receiver)
        if self.session.state == "ended":
            self._ended()

    async def close(self) -> None:
        """The last socket is gone."""
        self.demand.close()
        for timer in (self._teller, self._deadline):
            if timer:
                timer.cancel()
        await self._subscriptions.unsubscribe(control_channel(self.session.session_id))

    def follow(self, session: Session, *, away: bool, hidden: bool | None = None) -> None:
        """Takes over how the session stands now, and tells the listeners if that shows.

        `hidden`: as just read; of who changes something else a `session` may be older than the last that was hidden.
        """
        before, language, hid = self.shown, self.session.source_language, self.session.hidden
        session = msgspec.structs.replace(session, hidden=hid if hidden is None else hidden)
        self.session, self.away = not_forgotten(session, self.session), away
        if self.session.source_language != language:
            self._language_changed()
        if self.session.hidden != hid:
            self._hiding_changed()
        if self.shown == before:
            return
        if self.shown == "ended":
            self._ended()
            return
        for listener in tuple(self.listeners):
            if listener.joined:
                listener.peer.send(self._state())

    def _state(self) -> SpeakerState:
        return SpeakerState(session_id=self.code, state=self.shown, hidden=self.session.hidden)

    def _hiding_changed(self) -> None:
        """At once: what is on the screens goes, and nothing follows it."""
        if self.speaker:
            self.speaker.record()
            self.speaker.peer.send(self._state())  # a moderator may have done it
        for listener in tuple(self.listeners):
            if listener.joined:
                listener.peer.send(self._state())
                listener.follow_hiding()

    def _language_changed(self) -> None:
        if self.speaker:
            self._tasks.spawn(self.speaker.follow_floor())
            if self.session.detected:
                self.speaker.record()
        if self.listeners:
            self.demand.write_soon()
        self._tasks.spawn(tell_language(self._offers, self))

    async def refresh(self) -> None:
        """Reads how the session stands. Raises RedisError."""
        standing = await self._sessions.standing(self.session.session_id)
        if standing is None:
            if await self._sessions.deleted(self.session.session_id):
                self._deleted()
            return
        if standing.session.deleted:
            self._deleted()
            return
        self._replaced(standing.session.generation)
        if standing.closed:
            self._close_soon()
        if version(standing.session) >= version(self.session) and self.session.state != "ended":
            self.follow(standing.session, away=not standing.speaker, hidden=standing.session.hidden)
            self.extent.deliver(standing.position)

    async def write_again(self) -> None:
        """Gives Redis, which may have forgotten it, what is known here, and learns what is newer. Raises RedisError."""
        here = self.speaker is not None
        await self._sessions.restore(self.session, position=self.extent.durable if here else None, here=here)
        if here:
            await self._sessions.seen([self.session.session_id])
        if self.listeners:
            await self.demand.write()
        await self.refresh()

    def durable(self) -> None:
        """The tape delivered something."""
        if self.speaker:
            self.speaker.durable()

    def tell_audience(self) -> None:
        """Sees to it that the speaker learns the number of listeners, soon but not too often."""
        if self.speaker and not self._teller:
            delay = max(0.05, self._told + TELL_S - monotonic())
            self._teller = asyncio.get_running_loop().call_later(delay, self._tell_audience)

    def _tell_audience(self) -> None:
        self._teller = None
        self._told = monotonic()
        self._tasks.spawn(self._send_audience())

    async def _send_audience(self) -> None:
        try:
            audience = await self.demand.audience()
        except (RedisError, OSError):
            return
        if self.speaker and (audience, self.speaker) != self._counts:
            self._counts = (audience, self.speaker)
            self.speaker.peer.send(ListenersChanged(session_id=self.code, **audience._asdict()))

    def _controlled(self, raw: bytes) -> None:
        try:
            control = _control.decode(raw)
        except msgspec.MsgspecError:
            return
        if control.kind == "audience":
            self.tell_audience()
        elif control.kind == "replaced":
            self._replaced(control.generation)
        elif control.kind == "returned":
            self.demand.returned(control)
        elif control.kind == "left":
            self.demand.said_to_have_left(control)
        elif control.kind == "end-asked":
            if self.speaker:
                self._tasks.spawn(self._end_as_asked(self.speaker))
        elif control.kind == "spoken":
            if self.speaker:
                spoken = control.segment, control.part, control.language, control.voice
                self.speaker.expect(spoken, control.envelope)
        else:
            if control.kind == "ended":
                self._close_soon()
            self._tasks.spawn(self._refresh_quietly())

    async def _end_as_asked(self, speaker: SpeakerRole) -> None:
        try:
            await speaker.end(None)
        except (RefusedError, RedisError, OSError) as error:  # whoever asked sees that it did not come to that
            log.warning("session.not_ended", error=type(error).__name__)

    def _reconnected(self) -> None:
        if self.listeners:  # meanwhile others may have taken this gateway for gone
            self.demand.write_soon()
        self._tasks.spawn(self._refresh_quietly())
        self.tell_audience()

    async def _refresh_quietly(self) -> None:
        try:
            await self.refresh()
        except (RedisError, OSError) as error:
            log.warning("session.not_refreshed", error=type(error).__name__)

    def _replaced(self, generation: int) -> None:
        if self.speaker and self.speaker.generation < generation:
            self.speaker.peer.close(CloseCode.REPLACED)
            if self.tape:
                self.tape.drop()

    def _ended(self) -> None:
        """The end is in Redis: listeners stay until their channels ended, but not for ever.

        It may not be in the log yet: until all gateways are told that it is, more than the last captions may follow.
        """
        for listener in tuple(self.listeners):
            listener.session_ended()
        if self._deadline is None:
            self._drain_within(DRAIN_S if self.closed else UNDURABLE_S)

    def _deleted(self) -> None:
        """The session is gone: nobody waits for its last captions, and what waits for the log is no longer wanted."""
        self.session = msgspec.structs.replace(self.session, state="ended", deleted=True)
        if self.tape:
            self.tape.drop()
        for listener in tuple(self.listeners):
            listener.finish()
        if self.speaker and not self.speaker.peer.closing:
            self.speaker.peer.send(SessionEnded(session_id=self.code))
            self.speaker.peer.close(CloseCode.SESSION_ENDED)

    def _close_soon(self) -> None:
        """The end is in the log: only the last captions may still follow."""
        if not self.closed:
            self.closed = True
            self._drain_within(DRAIN_S)

    def _drain_within(self, seconds: float) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(seconds, self._drain_over)

    def _drain_over(self) -> None:
        if self.tape and not self.tape.empty:
            self._drain_within(DRAIN_S)
            return
        for listener in tuple(self.listeners):
            listener.finish()
        if self.speaker:
            self.speaker.peer.close(CloseCode.SESSION_ENDED)
