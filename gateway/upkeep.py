"""What a gateway does from time to time: leases, absent speakers, dead sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

import msgspec
import structlog
from redis.exceptions import RedisError

from dragoman.runtime.version import version
from dragoman.runtime.wall_clock import now_ms
from gateway import metrics
from gateway.errors import RefusedError
from gateway.kafka.extent import Extent
from gateway.kafka.markers import marker
from gateway.kafka.tape import Tape
from gateway.listening.preparing import Preparing
from gateway.parts import Parts
from gateway.sessions.lease import RENEW_S
from gateway.sessions.live import LiveSession
from gateway.sessions.progress import NOTE_S, note_progress
from gateway.sessions.quality import note_quality
from gateway.sessions.sessions import Standing
from gateway.sessions.unheard import Unheard
from gateway.tasks import ended
from gateway.wire import frames
from gateway.wire.peer import Peer
from gateway.wire.stream import Stream
from schemas.channels import LEASE_MS, PRESENCE_MS, Control, Presence, processes_key, speakers_key
from schemas.close_codes import CloseCode
from schemas.topics import AUDIO, SESSIONS

log = structlog.get_logger()

LOOK_S = 1.0
"""How often sockets that say nothing are looked for."""
CROWDED_S = 1.0
"""How long each of them may say nothing when there are more than the gateway lets be."""
GONE_S = 0.25
"""How often readers of streams are looked for."""
ALIVE_S = 10.0
"""How often they get a sign of life: in less time than proxies wait for one, and than a page takes a line for dead."""
PING_S = 25.0
DEAD_S = 60.0
"""A client that answers no ping for so long is gone."""
FAREWELL_S = 1.0
"""How long the end waits for a Redis that does not answer."""

_SILENT = RefusedError("wrong-state", "This socket asked for no session in time: connect again when you have a code.")
_CROWDED = RefusedError(
    "rate-limited", "Too many sockets here ask for no session: wait, then connect again.", retry_after_ms=5_000
)


class Upkeep:
    """The tasks beside the sockets."""

    def __init__(self, parts: Parts, peers: set[Peer]) -> None:
        self._parts, self._peers = parts, peers
        self._tasks: list[asyncio.Task[None]] = []
        self._settled_s, self._since = 0.0, now_ms()
        self._unheard = Unheard(parts.sessions)
        self._preparing = Preparing(parts.here, parts.offers, parts.asking, parts.tasks, parts.redis)

    def start(self) -> None:
        """Begins."""
        speakers_s = min(5.0, self._parts.grace_s / 3)
        self._settled_s = 3 * speakers_s
        for period, work in (
            (RENEW_S, self.renew),
            (PRESENCE_MS / 3 / 1000, self.announce),
            (speakers_s, self.look_for_speakers),
            (NOTE_S, self.note_progress),
            (PING_S, self.ping),
            (LOOK_S, self.look_for_silent),
            (GONE_S, self.look_at_streams),
            (ALIVE_S, self.keep_streams_alive),
            (LOOK_S, self.look_at_logs),
            (LOOK_S, self.look_for_unheard),
            (LOOK_S, self._preparing.look),
        ):
            self._tasks.append(asyncio.create_task(_every(period, work)))

    async def stop(self) -> None:
        """Ends, and says to operators that this gateway is no longer there, if Redis is."""
        await ended(self._tasks)
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._parts.redis.hdel(processes_key(), self._parts.name)

    async def announce(self) -> None:
        """Says to operators that this gateway is there."""
        there = Presence(
            until=now_ms() + PRESENCE_MS,
            version=version(),
            since=self._since,
            gateway=self._parts.gateway_id,
            connections=len(self._peers),
        )
        await self._parts.redis.hset(processes_key(), self._parts.name, msgspec.json.encode(there))

    async def renew(self) -> None:
        """Renews the leases, and compares the sessions here with Redis."""
        for live in self._parts.here:
            await live.demand.renew()
            await live.refresh()
            live.tell_audience()

    async def note_progress(self) -> None:
        """Notes how far the audio of the speakers here is durable."""
        await note_progress(self._parts.sessions, self._parts.here)

    async def look_for_silent(self, now: float | None = None) -> None:
        """Closes sockets that asked for no session in time; `now` is a time of `monotonic`."""
        now = monotonic() if now is None else now
        silent = [peer for peer in self._peers if peer.idle_since is not None and not peer.closing]
        crowded = len(silent) > self._parts.limits.silent_sockets
        for peer in silent:
            idle_s = now - (peer.idle_since or now)
            if idle_s >= self._parts.limits.first_action_s:
                metrics.LIMITED.labels("first_action").inc()
                peer.refuse(_SILENT, CloseCode.MISUSE)
            elif crowded and idle_s >= CROWDED_S:
                metrics.LIMITED.labels("silent_sockets").inc()
                peer.refuse(_CROWDED, CloseCode.TOO_MANY)

    async def look_at_streams(self) -> None:
        """Ends those whose reader has gone."""
        for stream in self._streams():
            stream.look()

    async def keep_streams_alive(self) -> None:
        """Sends each a sign of life."""
        for stream in self._streams():
            stream.keep_alive()

    def _streams(self) -> list[Stream]:
        return [peer for peer in self._peers if isinstance(peer, Stream)]

    async def look_at_logs(self) -> None:
        """Tells speakers whose words cannot be kept."""
        for live in self._parts.here:
            if live.speaker:
                live.speaker.look_at_log(monotonic())

    async def look_for_unheard(self) -> None:
        """Tells listeners that nothing comes from a speaker any more, and that it does again."""
        await self._unheard.look(self._parts.here, monotonic())

    async def ping(self, now: float | None = None) -> None:
        """Pings every client; those that are silent for long are reset, unless what they said is still
        being worked on: until then nothing else is read. `now` is a time of `monotonic`."""
        now = monotonic() if now is None else now
        for peer in tuple(self._peers):
            if not peer.busy and now - peer.seen > DEAD_S:
                metrics.DEAD.inc()
                peer.evict()
            else:
                peer.control(b"", frames.PING)

    async def look_for_speakers(self) -> None:
        """Notes the speakers who are here; ends the sessions whose speaker stayed away."""
        parts = self._parts
        here = [live for live in parts.here if live.speaker and live.session.state != "ended"]
        metrics.SPEAKING.set(len(here))
        await note_quality(parts.redis, here)
        # What was accepted here and is not yet in the log may not be overtaken by an end that another gateway writes.
        busy = [live for live in parts.here if live.tape and not live.tape.empty]
        await parts.sessions.seen(sorted({live.session.session_id for live in (*here, *busy)}))
        if parts.life.unbroken_s < self._settled_s:
            return  # while Redis was away no speaker could be seen: first all gateways say who is there
        grace_ms = round(parts.grace_s * 1000)
        for session_id, silent_ms in await parts.sessions.silent(min(grace_ms, LEASE_MS)):
            live = parts.here.get(session_id)
            standing = await parts.sessions.standing(session_id)
            if standing is None:
                await parts.redis.zrem(speakers_key(), session_id)
            elif standing.session.state == "ended" or silent_ms >= _patience(standing, grace_ms):
                await self._end(standing, live, silent_ms)
            elif standing.speaker and silent_ms >= LEASE_MS:
                await parts.sessions.leave(session_id, standing.session.generation)
                await parts.sessions.tell(session_id, Control(kind="state", at=now_ms()))

    async def _end(self, standing: Standing, live: LiveSession | None, silent_ms: int) -> None:
        """Ends a session for its speaker, or again when whoever ended it did not get to the record of it."""
        parts, before = self._parts, standing.session
        try:
            position = await parts.here.end_of_audio(standing)
        except RefusedError:
            return  # Kafka is away: later
        session = msgspec.structs.replace(before, state="ended", updated_at=now_ms())
        if before.state == "ended":
            if live and live.tape and not live.tape.empty:
                return
        elif not await parts.sessions.change(session, expected=before.state):
            return
        log.info("session.ended_without_speaker", session_id=session.session_id, silent_s=silent_ms // 1000)
        tape = (live.tape if live else None) or parts.tapes.of(session, Extent(position), _nothing)
        position = max(position, live.extent.received if live else 0)
        generation = session.generation
        tape.put(AUDIO, marker("end", session, position, now_ms()), until=position, generation=generation)
        tape.put(SESSIONS, msgspec.structs.replace(session, position=position), generation=generation)
        parts.tasks.spawn(self._close(standing, tape))

    async def _close(self, standing: Standing, tape: Tape) -> None:
        await tape.drained()
        session, sessions = standing.session, self._parts.sessions
        if session.deleted:  # whoever deleted it did not get to the end of it
            await sessions.forget(session)
            await sessions.tell(session.session_id, Control(kind="state", at=now_ms()))
            return
        await sessions.closed(session)
        await sessions.tell(session.session_id, Control(kind="ended", at=now_ms()))


async def _every(period_s: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(period_s)
        try:
            await work()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("upkeep.unreachable", error=type(error).__name__)
        except Exception:  # one fault must not end the upkeep of all sessions
            log.exception("upkeep.fault")


def _patience(standing: Standing, grace_ms: int) -> int:
    """A gateway that died did not say that its speaker left."""
    return max(grace_ms, LEASE_MS) if standing.speaker else grace_ms


def _nothing() -> None:
    """A tape without sockets tells nobody."""
