"""A speaker's socket: sends audio, controls and ends the session."""

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Any, NamedTuple, TypedDict, Unpack

import msgspec
import structlog
from redis.exceptions import RedisError

from dragoman.runtime.wall_clock import now_ms
from gateway import metrics
from gateway.channels.channels import Channels
from gateway.channels.offers import CurrentOffers
from gateway.errors import RefusedError, RequestId, unavailable
from gateway.kafka.markers import Marker, marker
from gateway.kafka.tape import Tape
from gateway.sessions.draining import drained
from gateway.sessions.here import SessionsHere
from gateway.sessions.live import LiveSession
from gateway.sessions.sessions import DurableAudio, Sessions
from gateway.speaking.acknowledgement import Acknowledgement
from gateway.speaking.bucket import Bucket
from gateway.speaking.floor import Floor
from gateway.speaking.monitor import Monitor
from gateway.speaking.offset import ClockOffset
from gateway.speaking.positions import Intake, Placed
from gateway.speaking.unkept import Unkept
from gateway.tasks import Tasks
from gateway.wire.peer import Peer
from schemas.audio import SAMPLE_RATE, samples, to_ms
from schemas.channels import Control
from schemas.close_codes import CloseCode
from schemas.messages import Audio, State
from schemas.socket import (
    AUDIO_HEADER,
    Answer,
    AudioAccepted,
    AudioQuality,
    BroadcastMuted,
    BroadcastPaused,
    BroadcastResumed,
    BroadcastUnmuted,
    ChangeSourceLanguage,
    ControlBroadcast,
    SendAudio,
    SessionEnded,
    SourceLanguageChanged,
)
from schemas.topics import AUDIO, SESSIONS

log = structlog.get_logger()

_ANSWERS: dict[str, type[BroadcastPaused | BroadcastResumed | BroadcastMuted | BroadcastUnmuted]] = {
    "pause": BroadcastPaused,
    "resume": BroadcastResumed,
    "mute": BroadcastMuted,
    "unmute": BroadcastUnmuted,
}


class _LanguageChange(TypedDict, total=False):
    """What else of a session changes with its state."""

    source_language: str
    detected: bool
    language_since: int


class SpeakerNeeds(NamedTuple):
    """What all speakers of a gateway work with."""

    here: SessionsHere
    sessions: Sessions
    channels: Channels
    offers: CurrentOffers
    tasks: Tasks
    redis: Any
    out_of_touch: Callable[[], bool]
    """Redis has been away for so long that other gateways, if they reach it, may soon end the sessions here."""


class LiveSpeaker:
    """The speaker of one generation. A newer one may be elsewhere: then this one can change nothing."""

    role = "speaker"

    def __init__(
        self, needs: SpeakerNeeds, peer: Peer, live: LiveSession, tape: Tape, *, generation: int, explicit: bool
    ) -> None:
        self.peer, self.live, self.generation = peer, live, generation
        self.offset = ClockOffset()
        self._needs, self._tape = needs, tape
        self._intake = Intake(live.extent, explicit=explicit, now=monotonic())
        self._bucket = Bucket(monotonic())
        self._acknowledgement = Acknowledgement(live.extent.durable, self._acknowledge)
        self.floor = Floor(peer, live, needs.channels, needs.tasks)
        self._unkept = Unkept()
        self.monitor = Monitor(peer, live)
        self._finishing = False
        self._captured_at = 0
        self._noted = -1
        """The durable position that Redis has."""
        self._comparing = False

    # Audio

    async def audio(self, request: SendAudio) -> None:
        """Takes base64 audio. Raises RefusedError."""
        self._intake.count_piece(monotonic())
        pcm = self._intake.pcm_of(request.audio_data)
        await self._take(pcm, request.position, request.timestamp)

    async def frame(self, payload: bytes) -> None:
        """Takes a binary frame. Raises RefusedError."""
        self._intake.count_piece(monotonic())
        if len(payload) < AUDIO_HEADER.size:
            raise self._intake.bad("The frame is shorter than its header of 16 bytes.")
        position, captured_at = AUDIO_HEADER.unpack_from(payload)
        await self._take(self._intake.checked(payload[AUDIO_HEADER.size :]), position, captured_at)

    async def _take(self, pcm: bytes, position: int | None, client_ms: int) -> None:
        state = self.live.session.state
        if state == "ended":
            raise RefusedError("session-ended", "The session has ended.")
        if state == "paused":
            raise RefusedError("wrong-state", "The session is paused: resume it before sending audio.")
        if self._needs.out_of_touch():
            raise unavailable(self.live.extent.received)
        now = monotonic()
        placed = self._intake.place(pcm, position, now)
        if not placed.pcm:
            self._acknowledgement.durable(self.live.extent.durable)
            return
        seconds = samples(placed.pcm) / SAMPLE_RATE
        if not await self._tape.wait_for_room(samples(placed.pcm)):
            raise self._intake.refuse(unavailable(self.live.extent.received), now)
        if self.peer.closing:  # replaced meanwhile
            return
        if wait_s := self._bucket.take(seconds, now):
            metrics.LIMITED.labels("audio").inc()
            message = "Audio comes faster than it is spoken: wait, then go on from the position in this error."
            error = RefusedError(
                "too-fast", message, position=self.live.extent.received, retry_after_ms=ceil(wait_s * 1000)
            )
            raise self._intake.refuse(error, now)
        self._intake.take(placed)
        self._write(placed, client_ms, to_ms(samples(pcm)))
        metrics.AUDIO_SECONDS.inc(seconds)
        self.monitor.take(placed, now)

    def _write(self, placed: Placed, client_ms: int, duration_ms: int) -> None:
        captured = self.offset.captured_at(client_ms, duration_ms, now_ms()) + to_ms(placed.trimmed)
        self._captured_at = captured + to_ms(samples(placed.pcm))
        frame = Audio(
            kind="frame",
            position=placed.position,
            captured_at=captured,
            language=self.live.session.source_language,
            since=self.live.session.language_since,
            shown=self.floor.shown,
            pcm=bytes(len(placed.pcm)) if self.live.session.muted else placed.pcm,
        )
        self._tape.put(AUDIO, frame, until=placed.until, samples=samples(placed.pcm), generation=self.generation)

    def look_at_log(self, now: float) -> None:
        """Tells the speaker when what is said cannot be kept; `now` is a time of `monotonic`."""
        if warning := self._unkept.look(now, self._tape.waiting_s, refused=self._needs.out_of_touch()):
            self.peer.send(warning)
            metrics.AUDIO_WARNINGS.labels(warning.code).inc()
            log.warning("audio.not_kept", session_id=self.live.session.session_id, figures=warning.figures)

    @property
    def quality(self) -> AudioQuality | None:
        """How the audio of the last seconds is; None while nobody speaks."""
        return self.monitor.quality

    def expect(self, name: object, envelope: str) -> None:
        """Translated speech, which the microphone may pick up, was published."""
        self.monitor.expect(name, envelope)

    async def follow_floor(self) -> None:
        """Another language is spoken."""
        await self.floor.follow()

    def durable(self) -> None:
        """The tape delivered something."""
        self._acknowledgement.durable(self.live.extent.durable)

    def _acknowledge(self, position: int) -> None:
        self.peer.send(AudioAccepted(session_id=self.live.code, position=position))

    def progress(self) -> DurableAudio | None:
        """How far the audio is durable; None: that is noted in Redis."""
        return None if self.live.extent.durable == self._noted else self._progress()

    def noted(self, progress: DurableAudio, known: int) -> None:
        """Redis answered `known` (see Sessions.progress) to that."""
        if known > 0:
            self._noted = progress.position
        elif not self._comparing:  # it is asked again each second until it is known
            self._comparing = True
            self._needs.tasks.spawn(self._compare_noted(known))

    async def save(self) -> None:
        """Notes the durable position, and learns whether there is a newer speaker. Raises RedisError."""
        (known,) = await self._needs.sessions.progress([self._progress()])
        await self._compare(known)

    def _progress(self) -> DurableAudio:
        return DurableAudio(self.live.session.session_id, self.generation, self.live.extent.durable)

    async def _compare_noted(self, known: int) -> None:
        try:
            await self._compare(known)
        finally:
            self._comparing = False

    async def _compare(self, known: int) -> None:
        if known == 0:  # replaced, or the session was deleted
            await self.live.refresh()
        elif known < 0 and self.live.session.state != "ended":
            log.warning("session.restored", session_id=self.live.session.session_id)
            await self.live.write_again()

    # Control

    async def control(self, request: ControlBroadcast) -> Answer:
        """Pauses, mutes and back. Raises RefusedError, RedisError."""
        action = request.control_action
        paused, muted = self.live.session.state == "paused", self.live.session.muted
        wanted_paused = {"pause": True, "resume": False}.get(action, paused)
        wanted_muted = {"mute": True, "unmute": False}.get(action, muted)
        if self.live.session.state == "ended":
            raise RefusedError("session-ended", "The session has ended.")
        if (wanted_paused, wanted_muted) != (paused, muted):
            state: State = "paused" if wanted_paused else "muted" if wanted_muted else "live"
            await self._change(state, muted=wanted_muted)
            if wanted_paused and not paused:
                self._mark("pause")
            elif wanted_muted and not muted and not paused:
                self._mark("mute")
            self.record()
            await self._needs.sessions.tell(self.live.session.session_id, Control(kind="state", at=now_ms()))
        return _ANSWERS[action](session_id=self.live.code, server_time=now_ms())

    async def change_language(self, request: ChangeSourceLanguage) -> SourceLanguageChanged:
        """What is said from here on is in another language, or in one to be found out.

        Raises RefusedError, RedisError.
        """
        offers = await self._needs.offers.now()
        language = offers.floor(request.source_language)
        session = self.live.session
        if session.state == "ended":
            raise RefusedError("session-ended", "The session has ended.")
        if language != session.source_language:
            since = self.live.extent.received
            await self._change(
                session.state, muted=session.muted, source_language=language, detected=False, language_since=since
            )
            self.record()
            await self._needs.sessions.tell(session.session_id, Control(kind="state", at=now_ms()))
            log.info("session.language", session_id=session.session_id, language=language)
        return SourceLanguageChanged(
            session_id=self.live.code, source_language=language, detected=False, languages=offers.languages(language)
        )

    async def end(self, request_id: RequestId) -> None:
        """Ends the session and answers once that is durable. Raises RefusedError, RedisError."""
        if self.live.session.state != "ended":
            await self._change("ended", muted=self.live.session.muted)
            self._mark("end")
            self.record()
        elif self.generation != self.live.session.generation:
            raise RefusedError("session-ended", "The session has ended.")
        await self._tape.drained()
        self._acknowledgement.durable(self.live.extent.durable, now=True)
        self.peer.answer(SessionEnded(session_id=self.live.code), request_id)
        if not self._finishing:  # a second endSession starts nothing new
            self._finishing = True
            self._needs.tasks.spawn(self._finish())

    async def _finish(self) -> None:
        """Tells the other gateways, waits for the last captions, closes."""
        session = self.live.session
        await self._needs.sessions.tell(session.session_id, Control(kind="ended", at=now_ms()))
        await self._needs.sessions.closed(session)
        await drained(self._needs.redis, self._needs.channels, session)
        self.peer.close(CloseCode.SESSION_ENDED)

    async def _change(self, state: State, *, muted: bool, **changes: Unpack[_LanguageChange]) -> None:
        """Sets the state, and what else changes, in Redis, if this is still the session's speaker.

        Raises RefusedError, RedisError.
        """
        for _ in range(3):
            now = self.live.session
            changed = msgspec.structs.replace(
                now,
                state=state,
                muted=muted,
                generation=self.generation,
                updated_at=max(now_ms(), now.updated_at + 1),
                **changes,
            )
            if await self._needs.sessions.change(changed, expected=now.state):
                self.live.follow(changed, away=False)
                return
            await self._reload()
        raise unavailable()

    async def _reload(self) -> None:
        standing = await self._needs.sessions.standing(self.live.session.session_id)
        if standing is None or standing.session.generation < self.generation:
            await self.save()
            return
        if standing.session.generation != self.generation:
            self.peer.close(CloseCode.REPLACED)
            raise RefusedError("wrong-state", "The session has a newer speaker.")
        if standing.session.state == "ended":
            self.live.follow(standing.session, away=False)
            raise RefusedError("session-ended", "The session has ended.")
        self.live.follow(standing.session, away=False)

    def record(self) -> None:
        """Gives the log how the session stands now, behind the audio so far."""
        session = msgspec.structs.replace(self.live.session, position=self.live.extent.received)
        self._tape.put(SESSIONS, session, generation=self.generation)

    def _mark(self, kind: Marker) -> None:
        """Finishes the utterance at the present position."""
        captured = self._captured_at or now_ms()
        mark = marker(kind, self.live.session, self.live.extent.received, captured)
        self._tape.put(AUDIO, mark, until=self.live.extent.received, generation=self.generation)

    async def leave(self) -> None:
        """The socket is gone: the session waits for its speaker."""
        self._acknowledgement.stop()
        await self.floor.leave()
        if self.live.speaker is self:
            self.live.speaker = None
            if self.live.session.state != "ended":
                self._needs.tasks.spawn(self._away())
        await self._needs.here.leave(self.live)

    async def _away(self) -> None:
        session, sessions = self.live.session, self._needs.sessions
        try:
            exact = self._tape.empty
            await self.save()
            if self.live.speaker is None and await sessions.leave(session.session_id, self.generation, exact=exact):
                self.live.follow(self.live.session, away=True)
                await sessions.seen([session.session_id])
                await sessions.tell(session.session_id, Control(kind="state", at=now_ms()))
        except (TimeoutError, RedisError, OSError) as error:
            log.warning("session.away_not_noted", error=type(error).__name__)
