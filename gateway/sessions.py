"""The working copy of the sessions in Redis: who may change what is decided by scripts, not by gateways."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis

from gateway.codes import canonical
from schemas.channels import LEASE_MS, Control, code_key, control_channel, session_key, speakers_key
from schemas.messages import Session, State

_SCRIPTS = Path(__file__).parent / "scripts"
_json = msgspec.json.Encoder()
_session = msgspec.json.Decoder(Session)


def script(redis: "Redis", name: str) -> Any:
    """A registered Lua script of `scripts/`."""
    return redis.register_script((_SCRIPTS / f"{name}.lua").read_text("utf-8"))


class Standing(NamedTuple):
    """How a session stands."""

    session: Session
    """Its settings; its `state` and `generation` are those of now."""
    muted: bool
    """The speaker muted, perhaps below a pause."""
    position: int
    """All audio below it is durable, and perhaps more."""
    speaker: str
    """Id of the gateway that has the speaker; empty when none has."""


class Sessions:
    """Sessions in Redis. Everything raises RedisError while Redis is away."""

    def __init__(self, redis: "Redis", gateway_id: str, keep_s: float) -> None:
        self._redis: Any = redis  # redis-py's types do not know that answers are bytes
        self._gateway_id, self._keep_s = gateway_id, round(keep_s)
        self._take_over, self._change = script(redis, "take_over"), script(redis, "change")
        self._progress, self._leave, self._restore = (
            script(redis, "progress"),
            script(redis, "leave"),
            script(redis, "restore"),
        )

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
        return await self.standing(session_id.decode()) if session_id else None

    async def standing(self, session_id: str) -> Standing | None:
        """How a session stands."""
        fields = await self._redis.hmget(
            session_key(session_id), "record", "state", "generation", "muted", "position", "speaker"
        )
        if not fields[0]:
            return None
        session = msgspec.structs.replace(
            _session.decode(fields[0]), state=fields[1].decode(), generation=int(fields[2])
        )
        return Standing(session, fields[3] == b"1", int(fields[4] or 0), (fields[5] or b"").decode())

    async def write(self, session: Session, *, position: int, muted: bool) -> None:
        """Writes a session that is new, or that Redis forgot, with this gateway's speaker."""
        fields = _fields(session, muted) | {
            "generation": session.generation,
            "position": position,
            "speaker": self._gateway_id,
        }
        await self._restore(keys=[session_key(session.session_id)], args=_flat(fields))
        await self._redis.set(code_key(session.code), session.session_id, nx=True)
        await self.seen([session.session_id])

    async def take_over(self, session_id: str) -> int:
        """Makes this gateway's new socket the speaker: the new generation, or 0 when the session is over or unknown."""
        generation = int(await self._take_over(keys=[session_key(session_id)], args=[self._gateway_id]))
        if generation:
            await self.seen([session_id])
        return generation

    async def change(self, session: Session, *, expected: State, muted: bool) -> bool:
        """Sets the state of `session` if its generation holds and the state was `expected`."""
        return bool(
            await self._change(
                keys=[session_key(session.session_id)],
                args=[session.generation, expected, *_flat(_fields(session, muted))],
            )
        )

    async def progress(self, session_id: str, generation: int, position: int) -> int:
        """Notes the durable position: 1, or 0 when a newer speaker has the session, or -1 when Redis forgot it."""
        return int(await self._progress(keys=[session_key(session_id)], args=[generation, position]))

    async def leave(self, session_id: str, generation: int) -> bool:
        """Notes that the speaker is gone, unless a newer one is there."""
        return bool(await self._leave(keys=[session_key(session_id)], args=[generation]))

    async def closed(self, session: Session) -> None:
        """The end is durable: what Redis holds may go in time."""
        await self._redis.zrem(speakers_key(), session.session_id)
        await self._redis.expire(session_key(session.session_id), self._keep_s)
        await self._redis.expire(code_key(session.code), self._keep_s)

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
        seconds, microseconds = await self._redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000


def _fields(session: Session, muted: bool) -> dict[str, str | bytes | int]:
    return {"record": _json.encode(session), "state": session.state, "muted": int(muted)}


def _flat(fields: dict[str, str | bytes | int]) -> list[str | bytes | int]:
    return [part for pair in fields.items() for part in pair]
