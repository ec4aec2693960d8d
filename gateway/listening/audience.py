"""Who listens to what: this gateway's leases, and the sum over all gateways."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.sessions.sessions import script
from schemas.channels import LEASE_MS, Lease, audience_key, languages_key, spoken_languages_key
from schemas.socket import Format, Listening

RENEW_S = LEASE_MS / 3 / 1000
_json = msgspec.json.Encoder()
_lease = msgspec.json.Decoder(Lease)


class Wish(NamedTuple):
    """What one listener asks for."""

    captions: str | None
    fast: bool
    """Partial captions too."""
    speech: str | None
    format: Format | None
    paused: bool
    """The player stands still."""
    asleep: bool
    """It has stood still for long: no speech need be made."""


class Listens(Protocol):
    """Someone with a wish."""

    wish: Wish


class Audience(NamedTuple):
    """The listeners of all gateways."""

    listeners: int
    by_language: dict[str, Listening]
    paused: int


def lease_of(wishes: Iterable[Wish]) -> Lease:
    """What this gateway's listeners ask for together, without `until`."""
    captions: Counter[str] = Counter()
    fast: Counter[str] = Counter()
    speech: dict[str, Counter[str]] = {}
    listeners = paused = 0
    for wish in wishes:
        listeners += 1
        paused += wish.paused
        if wish.captions:
            captions[wish.captions] += 1
            fast[wish.captions] += wish.fast
        if wish.speech and wish.format and not wish.asleep:
            speech.setdefault(wish.speech, Counter())[wish.format] += 1
    return Lease(
        until=0,
        captions=dict(captions),
        fast=dict(+fast),
        speech={language: dict(formats) for language, formats in speech.items()},
        listeners=listeners,
        paused=paused,
    )


def summed(leases: Iterable[Lease], now_ms: int) -> Audience:
    """The sum of the leases that count at `now_ms`."""
    captions: Counter[str] = Counter()
    audio: Counter[str] = Counter()
    listeners = paused = 0
    for lease in leases:
        if lease.until <= now_ms:
            continue
        captions.update(lease.captions)
        for language, formats in lease.speech.items():
            audio[language] += sum(formats.values())
        listeners += lease.listeners
        paused += lease.paused
    by_language = {
        language: Listening(captions=captions[language], audio=audio[language])
        for language in sorted(captions.keys() | audio.keys())
        if captions[language] or audio[language]
    }
    return Audience(listeners, by_language, paused)


async def read_audience(redis: Any, session_id: str, *, without: str = "") -> Audience:
    """The session's listeners on all gateways, or on all but one. Raises RedisError."""
    seconds, microseconds = await redis.time()
    rows = await redis.hgetall(audience_key(session_id))
    now_ms = int(seconds) * 1000 + int(microseconds) // 1000
    return summed((_lease.decode(row) for gateway_id, row in rows.items() if gateway_id.decode() != without), now_ms)


class LeaseWriter:
    """Keeps one session's lease of this gateway in Redis."""

    def __init__(self, redis: "Redis", gateway_id: str, session_id: str, *, floor: str, keep_ms: int) -> None:
        self._gateway_id, self._floor, self._keep_ms = gateway_id, floor, keep_ms
        self._keys = [audience_key(session_id), languages_key(session_id), spoken_languages_key(session_id)]
        self._script = script(redis, "lease")
        self._lock = asyncio.Lock()
        self._lease: Lease | None = None
        self._targets: set[str] = set()
        self._spoken: set[str] = set()

    async def write(self, listeners: Iterable[Listens]) -> bool:
        """Writes what the listeners ask for, and all that was asked for before, which Redis may have forgotten.

        Says whether it changed. Raises RedisError.
        """
        async with self._lock:  # what is written last is what holds now
            lease = lease_of([each.wish for each in listeners])
            changed = lease != self._lease
            self._spoken |= {f"{language}:{name}" for language, names in lease.speech.items() for name in names}
            self._targets |= {*lease.captions, *lease.speech} - {self._floor}
            text = _json.encode(lease) if lease.listeners else b""
            args = [self._gateway_id, text, LEASE_MS, self._keep_ms, len(self._targets), *sorted(self._targets)]
            args += sorted(self._spoken)
            await self._script(keys=self._keys, args=args)
            self._lease = lease
            return changed

    async def renew(self, listeners: Iterable[Listens]) -> None:
        """Writes the lease again, as far as Redis can be reached."""
        try:
            await self.write(listeners)
        except (RedisError, OSError):
            self._lease = None
