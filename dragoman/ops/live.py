"""The sessions that go on now, as Redis has them; and what an operator may do with one: hide its captions, end it."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import structlog

from dragoman.runtime.wall_clock import now_ms
from schemas.audio import SAMPLE_RATE
from schemas.channels import Control, Lease, audience_key, control_channel, lag_key, session_key, speakers_key
from schemas.languages import AUTO
from schemas.messages import Session

SHOWN: Final = 200
"""More than anyone looks at: those that began last."""
ENDED_S: Final = 15.0
"""How long the gateway that has the speaker may take to end a session."""
LOOK_S: Final = 0.2
_FIELDS: Final = ("record", "state", "detected", "position", "speaker", "hidden")
_HIDE: Final = """
-- KEYS: session, control channel; ARGV: 1 or 0, what its gateways are told. Answers 0 for one that is over or unknown.
local state = redis.call('HGET', KEYS[1], 'state')
if not state or state == 'ended' then
  return 0
end
redis.call('HSET', KEYS[1], 'hidden', ARGV[1])
redis.call('PUBLISH', KEYS[2], ARGV[2])
return 1
"""
_session = msgspec.json.Decoder(Session)
_lease = msgspec.json.Decoder(Lease)
_json = msgspec.json.Encoder()
log = structlog.get_logger()
UNREADABLE: Final = (msgspec.MsgspecError, ValueError, OverflowError)
"""What somebody else wrote into Redis, or a newer version: the rest is shown without it."""
_said_of: set[str] = set()


class Crowd(msgspec.Struct, rename="camel"):
    """Listeners of one language."""

    reading: int = 0
    """Who read captions."""
    hearing: int = 0
    """Who hear speech."""


class SessionSeen(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A session that goes on. Neither its PIN nor its owner, and nothing that was said."""

    id: str
    """Its session id."""
    code: str
    """What people type."""
    title: str
    """As listeners see it."""
    state: str
    """`live`, `paused`, `muted`, or `away`: nobody has its speaker."""
    hidden: bool
    """Listeners get no captions and no speech."""
    source_language: str
    """BCP-47 tag of the floor; `auto` while it is to be found out."""
    created_at: int
    """Unix ms."""
    spoken_s: float
    """Seconds of audio in the log."""
    gateway: str
    """Id of the gateway that has its speaker; empty: none."""
    languages: dict[str, Crowd]
    """Who listens, by language."""
    listeners: dict[str, int]
    """How many there are, by id of their gateway."""
    lag_ms: dict[str, int]
    """What its last final spent in each stage, ms."""


async def look_at_sessions(redis: Any) -> list[SessionSeen]:
    """Those that have a speaker, or wait for theirs; the newest first. Raises RedisError."""
    ids = [name.decode(errors="replace") for name in await redis.zrange(speakers_key(), 0, -1)]
    if not ids:
        return []
    asked = redis.pipeline(transaction=False)
    asked.time()
    for session_id in ids:
        asked.hmget(session_key(session_id), *_FIELDS)
        asked.hgetall(audience_key(session_id))
        asked.hgetall(lag_key(session_id))
    time_of_redis, *answers = await asked.execute()
    now, found = unix_ms(time_of_redis), list[SessionSeen]()
    for session_id, place in zip(ids, range(0, len(answers), 3), strict=True):
        try:
            seen = as_seen(session_id, answers[place], answers[place + 1], answers[place + 2], now)
        except UNREADABLE as error:
            pass_over(session_key(session_id), error)
        else:
            found += [seen] if seen else []
    return sorted(found, key=lambda seen: seen.created_at, reverse=True)


def unix_ms(time_of_redis: tuple[int, int]) -> int:
    """By the clock of Redis, as its answer to TIME says: leases are compared with no other."""
    seconds, microseconds = time_of_redis
    return seconds * 1000 + microseconds // 1000


def pass_over(name: str, error: Exception) -> None:
    """Says once of a value in Redis that it cannot be read."""
    if name not in _said_of:
        _said_of.add(name)
        log.warning("ops.unreadable", value=name, error=type(error).__name__)


def as_seen(
    session_id: str, fields: Sequence[bytes | None], leases: Mapping[bytes, bytes], lag: Mapping[bytes, bytes], now: int
) -> SessionSeen | None:
    """One of them, of what Redis says of it; None if it is over."""
    record, state, detected, position, speaker, hidden = fields
    if not record or state == b"ended":
        return None
    session = _session.decode(record)
    there = {name.decode(): lease for name, row in leases.items() if (lease := _lease.decode(row)).until > now}
    language = session.source_language
    if language == AUTO and detected:
        language = detected.decode().partition(" ")[0]
    return SessionSeen(
        id=session_id,
        code=session.code,
        title=session.title,
        state=(state or session.state.encode()).decode() if speaker else "away",
        hidden=session.hidden if hidden is None else hidden == b"1",
        source_language=language,
        created_at=session.created_at,
        spoken_s=max(int(position or 0), session.position) / SAMPLE_RATE,
        gateway=(speaker or b"").decode(),
        languages=_crowds(there.values()),
        listeners={name: lease.listeners for name, lease in there.items() if lease.listeners},
        lag_ms={name.decode(): round(float(ms)) for name, ms in lag.items()},
    )


def _crowds(leases: Any) -> dict[str, Crowd]:
    reading, hearing = Counter[str](), Counter[str]()
    for lease in leases:
        reading.update(lease.captions)
        for language, renditions in lease.speech.items():
            hearing[language] += sum(renditions.values())
    many = sorted(reading | hearing, key=lambda language: (-reading[language], language))
    return {language: Crowd(reading[language], hearing[language]) for language in many}


async def hide(redis: Any, session_id: str, *, hidden: bool) -> bool:
    """Hides its captions and speech from listeners, or shows them again; False when it is over. Raises RedisError."""
    told = _json.encode(Control(kind="state", at=now_ms()))
    return bool(
        await redis.eval(_HIDE, 2, session_key(session_id), control_channel(session_id), int(hidden), told.decode())
    )


async def end(redis: Any, session_id: str, within_s: float = ENDED_S) -> bool:
    """Ends it behind what its speaker said so far; False when no gateway did it in time. Raises RedisError.

    The gateway that has the speaker is asked, as only it knows where the audio ends. Where nobody has, the speaker is
    waited for no longer, and the next look of a gateway at such sessions ends it.
    """
    give_up = time.monotonic() + within_s
    await redis.publish(control_channel(session_id), _json.encode(Control(kind="end-asked", at=now_ms())))
    while True:
        state, speaker = await redis.hmget(session_key(session_id), "state", "speaker")
        if state in (None, b"ended"):
            return True
        if not speaker:
            await redis.zadd(speakers_key(), {session_id: 0}, xx=True)
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(LOOK_S)
