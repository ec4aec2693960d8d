"""Who listens to what: what the listeners here ask for together, and the sum over all gateways."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import UNSET

from gateway.sessions.sessions import script
from schemas.channels import Lease, audience_key, gateway_channel, gone_key, rendition
from schemas.socket import Format, Listening

MOST_WISHED = 20
"""So many languages are named to the speaker."""
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
    voice: str = ""
    """The one that was chosen, of those of the language; empty: none."""
    wished: str = ""
    """A language that is not offered and that it would rather have; empty: none."""

    @property
    def rendition(self) -> str:
        """Of the speech that need be made; empty: none."""
        return rendition(self.format, self.voice) if self.speech and self.format and not self.asleep else ""


class Listens(Protocol):
    """Someone with a wish."""

    @property
    def wish(self) -> Wish:
        """What is asked for."""

    @property
    def listener_id(self) -> str:
        """The same for each socket of one listener."""


class Attendance(NamedTuple):
    """The listeners of all gateways who are there; those whose socket ended are not among them."""

    listeners: int
    by_language: dict[str, Listening]
    paused: int
    wished: dict[str, int] = {}  # noqa: RUF012 - nobody changes it
    """Languages that are not offered, the most wished for first."""


def lease_of(wishes: Iterable[Wish]) -> Lease:
    """What this gateway's listeners ask for together, without `until`."""
    captions: Counter[str] = Counter()
    fast: Counter[str] = Counter()
    wished: Counter[str] = Counter()
    speech: dict[str, Counter[str]] = {}
    both: Counter[str] = Counter()
    listeners = paused = 0
    for wish in wishes:
        listeners += 1
        paused += wish.paused
        wished[wish.wished] += bool(wish.wished)
        if wish.captions:
            captions[wish.captions] += 1
            fast[wish.captions] += wish.fast
        if wish.speech and wish.rendition:
            speech.setdefault(wish.speech, Counter())[wish.rendition] += 1
            both[wish.speech] += wish.captions == wish.speech
    return Lease(
        until=0,
        captions=dict(captions),
        fast=dict(+fast),
        speech={language: dict(renditions) for language, renditions in speech.items()},
        both=dict(+both),
        listeners=listeners,
        paused=paused,
        wished=dict(+wished),
    )


def summed(leases: Iterable[Lease], now_ms: int) -> Attendance:
    """The sum of the leases that count at `now_ms`."""
    captions: Counter[str] = Counter()
    audio: Counter[str] = Counter()
    both: Counter[str] = Counter()
    wished: Counter[str] = Counter()
    listeners = paused = 0
    for lease in leases:
        if lease.until <= now_ms:
            continue
        captions.update(lease.captions)
        both.update(lease.both)
        for language, renditions in lease.speech.items():
            audio[language] += sum(renditions.values())
        listeners += lease.listeners
        paused += lease.paused
        wished.update(lease.wished)
    by_language = {
        language: Listening(captions=captions[language], audio=audio[language], both=both[language] or UNSET)
        for language in sorted(captions.keys() | audio.keys())
        if captions[language] or audio[language]
    }
    return Attendance(listeners, by_language, paused, dict(wished.most_common(MOST_WISHED)))


async def read_audience(redis: Any, session_id: str, own: str, *, elsewhere: bool = False) -> Attendance:
    """The session's listeners on all gateways that live, or on all but the `own` one. Raises RedisError."""
    keys, args = [audience_key(session_id)], [own, gateway_channel(""), gone_key("")]
    now_ms, *rows = await script(redis, "audience", "gone")(keys=keys, args=args)
    living = zip(rows[::2], rows[1::2], strict=True)
    due = (row for gateway_id, row in living if not elsewhere or gateway_id.decode() != own)
    return summed(map(_lease.decode, due), now_ms)
