"""This gateway's lease of one session in Redis, and what becomes of listeners whose sockets end."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from gateway.sessions.audience import Attendance, Listens, Wish, lease_of, read_audience
from gateway.sessions.sessions import script
from schemas.channels import (
    LEASE_MS,
    Lease,
    absent_key,
    audience_key,
    code_key_of,
    gateway_channel,
    gone_key,
    languages_key,
    members_key,
    owed_key,
    spoken_languages_key,
)

RENEW_S = LEASE_MS / 3 / 1000
_json = msgspec.json.Encoder()

AskedFor = tuple[str, str]
"""The target language that somebody reads and the `language:rendition` that is heard; empty: none."""
NOTHING: AskedFor = ("", "")


class Linger(NamedTuple):
    """For how long what somebody asked for is still made after the socket ended, ms."""

    captions_ms: int
    speech_ms: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a write says beside the lease itself; `lease.lua` reads it."""

    members: dict[str, AskedFor]
    """Listener id to what is asked for, of those who are here."""
    cleared: list[str]
    """Who came, or left on purpose: nothing that was asked for elsewhere, or before, is asked for any more."""
    unnamed: list[AskedFor]
    """Of those who came back and did not say who they are."""
    absent: dict[str, AskedFor]
    """Who was here, and did not say good-bye."""
    targets: list[str]
    """Target languages that are asked for now."""
    languages: list[str]
    """Those that ever were."""
    spoken: list[str]
    """`language:rendition` that ever was."""
    captions_ms: int
    speech_ms: int
    keep_ms: int
    lease_ms: int = LEASE_MS
    channel: str = gateway_channel("")
    mark: str = gone_key("")


class Written(NamedTuple):
    """What came of a write."""

    changed: bool
    """The listeners here ask for something else than before."""
    now_ms: int
    """Redis time."""
    owed: dict[str, str]
    """Languages of which this gateway has yet to say in the log that they are asked for again; number of the debt."""


class Leases:
    """Those of all sessions that have listeners on this gateway."""

    def __init__(self, redis: Any, gateway_id: str, *, keep_ms: int, linger: Linger) -> None:
        self._redis, self._gateway_id = redis, gateway_id
        self._keep_ms, self._linger = keep_ms, linger

    def writer(self, session_id: str, *, floor: str) -> "LeaseWriter":
        """The lease of one session, in which `floor` is spoken."""
        return LeaseWriter(
            self._redis, self._gateway_id, session_id, floor=floor, keep_ms=self._keep_ms, linger=self._linger
        )

    async def audience(self, session_id: str, *, elsewhere: bool = False) -> Attendance:
        """Who listens to a session by all gateways that live, or by all but this one. Raises RedisError."""
        return await read_audience(self._redis, session_id, self._gateway_id, elsewhere=elsewhere)


class LeaseWriter:
    """Keeps one session's lease of this gateway in Redis."""

    def __init__(
        self, redis: Any, gateway_id: str, session_id: str, *, floor: str, keep_ms: int, linger: Linger
    ) -> None:
        self._gateway_id, self._keep_ms, self._linger = gateway_id, keep_ms, linger
        self.floor = floor
        """The language that nobody need make: it is spoken."""
        names = (audience_key, members_key, languages_key, spoken_languages_key, owed_key, absent_key, code_key_of)
        self._keys = [name(session_id) for name in names]
        self._script = script(redis, "lease", "gone")
        self._lease: Lease | None = None
        self._targets: set[str] = set()
        self._spoken: set[str] = set()
        self._moves: dict[str, AskedFor | None] = {}
        """Listeners of whom Redis does not know yet that they came or left on purpose (None), or what they lack."""
        self._unnamed: list[AskedFor] = []

    @property
    def behind(self) -> bool:
        """Redis has yet to learn of somebody who came or went."""
        return bool(self._moves)

    def came(self, listener_id: str, returned: Wish | None = None) -> None:
        """Somebody is here, or chose anew; `returned`: the wish of one who was here before and shows no token."""
        self._moves[listener_id] = None
        if returned and (asked := self._asked(returned)) != NOTHING:
            self._unnamed.append(asked)

    def went(self, listener_id: str, wish: Wish) -> None:
        """A socket ended; its listener may come back."""
        self._moves[listener_id] = self._asked(wish)

    def left(self, listener_id: str) -> None:
        """Somebody said good-bye."""
        self._moves[listener_id] = None

    async def write(self, listeners: Iterable[Listens]) -> Written:
        """Writes what the listeners ask for, and all that was asked for before, which Redis may have forgotten.

        One at a time. Raises RedisError.
        """
        here = list(listeners)
        lease = lease_of([each.wish for each in here])
        changed = lease != self._lease
        targets = {*lease.captions, *lease.speech} - {self.floor}
        self._targets |= targets
        self._spoken |= {f"{language}:{name}" for language, names in lease.speech.items() for name in names}
        moves, unnamed = dict(self._moves), len(self._unnamed)
        change = Change(
            members={each.listener_id: self._asked(each.wish) for each in here},
            cleared=[listener_id for listener_id, asked in moves.items() if asked is None],
            unnamed=self._unnamed[:unnamed],
            absent={listener_id: asked for listener_id, asked in moves.items() if asked is not None},
            targets=sorted(targets),
            languages=sorted(self._targets),
            spoken=sorted(self._spoken),
            keep_ms=self._keep_ms,
            **self._linger._asdict(),
        )
        now_ms, *owed = await self._script(
            keys=self._keys, args=[self._gateway_id, self._text(lease), _json.encode(change)]
        )
        self._lease = lease
        self._moves = {who: move for who, move in self._moves.items() if who not in moves or move != moves[who]}
        del self._unnamed[:unnamed]
        words = [word.decode() for word in owed]
        return Written(changed, now_ms, dict(zip(words[::2], words[1::2], strict=True)))

    def forget(self) -> None:
        """Redis may not have the lease as it was written last."""
        self._lease = None

    def _text(self, lease: Lease) -> bytes:
        if not lease.listeners:
            return b""
        captions_ms, speech_ms = self._linger
        return _json.encode(msgspec.structs.replace(lease, captions_linger_ms=captions_ms, speech_linger_ms=speech_ms))

    def _asked(self, wish: Wish) -> AskedFor:
        """What must be made for a wish; nobody need make the floor."""
        spoken = f"{wish.speech}:{wish.rendition}" if wish.rendition else ""
        return (wish.captions if wish.captions and wish.captions != self.floor else "", spoken)
