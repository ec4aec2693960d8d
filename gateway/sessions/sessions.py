"""The working copy of the sessions in Redis: who may change what is decided by scripts, not by gateways."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis

from dragoman.runtime.wall_clock import now_ms, redis_ms
from gateway.sessions.codes import canonical
from gateway.sessions.detected import with_detected
from schemas.channels import (
    DELETED,
    LEASE_MS,
    Control,
    code_key,
    code_key_of,
    control_channel,
    key,
    owned_key,
    session_key,
    speakers_key,
)
from schemas.messages import Session, State

_SCRIPTS = Path(__file__).parent / "scripts"
NEVER = 2**53
"""A generation that no speaker has."""
AT_ONCE = 1000
_json = msgspec.json.Encoder()
_session = msgspec.json.Decoder(Session)


def script(redis: "Redis", name: str, *before: str) -> Any:
    """A registered Lua script of `scripts/`, behind those that it makes use of."""
    return redis.register_script("".join(_text(each) for each in (*before, name)))


@cache
def _text(name: str) -> str:
    return (_SCRIPTS / f"{name}.lua").read_text("utf-8")


class Standing(NamedTuple):
    """How a session stands."""

    session: Session
    """Its settings; its `state`, `muted`, `generation` and language are those of now."""
    position: int
    """All audio below it is durable, and perhaps more."""
    speaker: str
    """Id of the gateway that has the speaker; empty when none has."""
    exact: bool = False
    """The position is where the audio ends: the speaker left, all its audio was in the log, and that was noted."""
    closed: bool = False
    """It has ended, and the end is in the log."""


class DurableAudio(NamedTuple):
    """How far the audio of a speaker is durable."""

    session_id: str
    generation: int
    position: int


class Sessions:
    """Sessions in Redis. Everything raises RedisError while Redis is away."""

    def __init__(self, redis: "Redis", gateway_id: str, keep_s: float) -> None:
        self._redis: Any = redis  # redis-py's types do not know that answers are bytes
        self._gateway_id, self._keep_s = gateway_id, round(keep_s)
        self._take_over, self._change = script(redis, "take_over"), script(redis, "change")
        self._progress, self._leave = script(redis, "progress"), script(redis, "leave")
        self._restore, self._closed = script(redis, "restore"), script(redis, "closed")

    async def claim_code(self, code: str, session_id: str) -> bool:
        """Takes a code, unless it is taken."""
        return bool(await self._redis.set(code_key(code), session_id, nx=True))

    async def release_code(self, code: str) -> None:
        """Gives back the code of a session that did not come to be."""
        await self._redis.delete(code_key(code))

    async def find(self, typed: str) -> Standing | None:
        """The session behind a code, however it is typed."""
        code = canonical(typed)
        session_id = await self._redis.get(code_key(code)) if code else None
        return await self.standing(session_id.decode()) if session_id not in (None, DELETED.encode()) else None

    async def standing(self, session_id: str) -> Standing | None:
        """How a session stands."""
        fields = await self._redis.hmget(
            session_key(session_id),
            *(
                "record",
                "state",
                "generation",
                "muted",
                "position",
                "speaker",
                "updated_at",
                "exact",
                "closed",
                "detected",
                "hidden",
            ),
        )
        if not fields[0]:
            return None
        session = _session.decode(fields[0])
        session = msgspec.structs.replace(
            session,
            state=fields[1].decode(),
            generation=int(fields[2]),
            muted=fields[3] == b"1",
            updated_at=int(fields[6] or session.updated_at),
            hidden=session.hidden if fields[10] is None else fields[10] == b"1",
        )
        session = with_detected(session, (fields[9] or b"").decode())
        speaker, position = (fields[5] or b"").decode(), max(int(fields[4] or 0), session.position)
        return Standing(session, position, speaker, exact=fields[7] == b"1", closed=fields[8] == b"1")

    async def restore(self, session: Session, *, position: int | None = None, here: bool = False) -> bool:
        """Gives Redis a session that it does not know, or knows in an older version; says whether that was so.

        `position` is where its audio ends, if that is known; `here`: this gateway has its speaker. Of one that was
        deleted it gets the mark that it was.
        """
        if session.deleted:
            return not await self.deleted(session.session_id) and bool(await self.forget(session))
        args = [session.generation, session.updated_at, *_version(session)]
        args += ["" if position is None else position, self._gateway_id if here else ""]
        keys = [session_key(session.session_id), code_key(session.code)]
        new = int(await self._restore(keys=keys, args=args))
        if new < 0:
            return False
        await self._redis.set(code_key(session.code), session.session_id, nx=True)
        if session.state == "ended":
            await self._expire(session)
        else:  # its grace time begins now, unless it runs already
            await self._redis.zadd(speakers_key(), {session.session_id: await self.now_ms()}, nx=True)
        return bool(new)

    async def take_over(self, session: Session) -> Session | None:
        """Makes this gateway's new socket the speaker: the session as of then, or None when it is over or unknown."""
        now = now_ms()
        taken = await self._take_over(keys=[session_key(session.session_id)], args=[self._gateway_id, now])
        if not taken:
            return None
        await self.seen([session.session_id])
        generation, state, muted = taken
        return msgspec.structs.replace(
            session, generation=int(generation), state=state.decode(), muted=muted == b"1", updated_at=now
        )

    async def change(self, session: Session, *, expected: State) -> bool:
        """Sets the state of `session` if its generation holds and the state was `expected`."""
        record, state, muted = _version(session)
        args = [session.generation, expected, "record", record, "state", state, "muted", muted]
        args += ["updated_at", session.updated_at]
        return bool(await self._change(keys=[session_key(session.session_id)], args=args))

    async def hide(self, session_id: str, *, hidden: bool) -> bool:
        """Notes whether captions are hidden, whoever speaks; False for a session that is over or unknown."""
        while (standing := await self.standing(session_id)) and standing.session.state != "ended":
            session = standing.session
            args = [session.generation, session.state, "hidden", int(hidden)]
            if await self._change(keys=[session_key(session_id)], args=args):
                return True
        return False

    async def forsake(self, session_id: str) -> None:
        """The speaker, who is away, is waited for no longer: the next look at such sessions ends it."""
        await self._redis.zadd(speakers_key(), {session_id: 0}, xx=True)

    async def generation(self, session_id: str) -> int:
        """The generation of the newest speaker; 0 when Redis does not know the session, NEVER when it was deleted."""
        generation = await self._redis.hget(session_key(session_id), "generation")
        return int(generation or (NEVER if await self.deleted(session_id) else 0))

    async def deleted(self, session_id: str) -> bool:
        """The session was deleted."""
        mark: bytes | None = await self._redis.get(code_key_of(session_id))
        return mark == DELETED.encode()

    async def supersede(self, before: Session, session: Session) -> bool:
        """Writes `session`, of a higher generation, over `before` if that still holds: its speaker can do no more."""
        record, state, muted = _version(session)
        args = [before.generation, before.state, "record", record, "state", state, "muted", muted, "speaker", ""]
        args += ["generation", session.generation, "updated_at", session.updated_at]
        return bool(await self._change(keys=[session_key(session.session_id)], args=args))

    async def forget(self, session: Session) -> int:
        """Removes all keys of a session, says how many, and marks its code: then no script writes a key again."""
        marked = await self._redis.get(code_key(session.code))
        if marked not in (None, DELETED.encode(), session.session_id.encode()):
            return 0  # the code is another session's by now
        await self._redis.set(code_key(session.code), DELETED, ex=self._keep_s)
        await self._redis.zrem(speakers_key(), session.session_id)
        async for name in self._redis.scan_iter(match=owned_key("*"), count=AT_ONCE):
            await self._redis.zrem(name, session.session_id)
        removed = 0
        async for name in self._redis.scan_iter(match=key(session.session_id, "*"), count=AT_ONCE):
            removed += await self._redis.delete(name)
        return removed

    async def progress(self, speakers: Sequence[DurableAudio]) -> list[int]:
        """Notes durable positions. Answers 1, 0 when a newer speaker has the session, -1 when Redis forgot this one."""
        keys = [session_key(each.session_id) for each in speakers]
        args = [number for each in speakers for number in (each.generation, each.position)]
        return [int(answer) for answer in await self._progress(keys=keys, args=args)]

    async def leave(self, session_id: str, generation: int, *, exact: bool = False) -> bool:
        """Notes that the speaker is gone, unless a newer one is there; `exact`: the audio ends where it was noted."""
        return bool(await self._leave(keys=[session_key(session_id)], args=[generation, int(exact)]))

    async def back(self, session_id: str, generation: int) -> bool:
        """Notes that the speaker, who was taken for gone, is here still, unless a newer one is or the state changes."""
        standing = await self.standing(session_id)
        if standing is None or standing.session.generation != generation:
            return False
        args = [generation, standing.session.state, "speaker", self._gateway_id]
        return bool(await self._change(keys=[session_key(session_id)], args=args))

    async def closed(self, session: Session) -> None:
        """The end is durable: what Redis holds may go in time."""
        await self._redis.zrem(speakers_key(), session.session_id)
        await self._expire(session)

    async def _expire(self, session: Session) -> None:
        await self._closed(keys=[session_key(session.session_id), code_key(session.code)], args=[self._keep_s])

    async def seen(self, session_ids: list[str]) -> None:
        """Notes that these sessions have their speaker now."""
        if session_ids:
            now = await self.now_ms()
            await self._redis.zadd(speakers_key(), dict.fromkeys(session_ids, now))

    async def silent(self, for_ms: float = LEASE_MS) -> list[tuple[str, int]]:
        """Sessions without a speaker for so long: their ids, and for how many ms."""
        now = await self.now_ms()
        rows = await self._redis.zrange(speakers_key(), 0, round(now - for_ms), byscore=True, withscores=True)
        return [(session_id.decode(), now - int(score)) for session_id, score in rows]

    async def tell(self, session_id: str, control: Control) -> None:
        """Tells every gateway with one of the session's sockets."""
        await self._redis.publish(control_channel(session_id), _json.encode(control))

    async def now_ms(self) -> int:
        """Redis's clock, Unix ms."""
        return await redis_ms(self._redis)


def _version(session: Session) -> list[str | bytes | int]:
    """What the scripts write of a session beside its generation: record, state, muted."""
    return [_json.encode(session), session.state, int(session.muted)]
