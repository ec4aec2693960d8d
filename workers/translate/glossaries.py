"""Where the stage gets a session's glossary: from the session as the gateways keep it in Redis."""

from collections import OrderedDict
from typing import Any, Final, Protocol

import msgspec
from redis.asyncio import Redis

from schemas.channels import session_key
from schemas.messages import Session
from workers.outbox import patiently
from workers.translate.glossary import Terms

_NONE: Final = Terms({})
_KEPT: Final = 256
"""Sessions whose glossary is remembered."""


class Glossaries(Protocol):
    """Answers which terms a session has."""

    async def of(self, session_id: str) -> Terms:
        """Nothing, if it has none or is not known."""


class GivenGlossary:
    """The same for every session: of one that is replayed."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    async def of(self, session_id: str) -> Terms:
        """What was given."""
        return self._terms


NO_GLOSSARIES: Final = GivenGlossary(_NONE)


class RedisGlossaries:
    """Asks at each call whether the session has changed, and reads it if so. Waits while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis, self._record = redis, msgspec.json.Decoder(Session)
        self._known: OrderedDict[str, tuple[Any, Terms]] = OrderedDict()

    async def of(self, session_id: str) -> Terms:
        """What its record says now."""
        key = session_key(session_id)
        (version,) = await patiently(lambda: self._redis.hmget(key, ["updated_at"]))
        known, terms = self._known.pop(session_id, (None, _NONE))
        if known != version:
            version, record = await patiently(lambda: self._redis.hmget(key, ["updated_at", "record"]))
            terms = Terms(self._record.decode(record).glossary) if record else _NONE
        self._known[session_id] = version, terms
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return terms
