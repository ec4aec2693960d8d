"""The end of all that is known of a session, at the wish of whoever spoke in it."""

import asyncio

import msgspec
import structlog

from dragoman.runtime.wall_clock import now_ms
from gateway.access.token import SpeakerClaims
from gateway.errors import RefusedError, unavailable
from gateway.kafka.log import KafkaLog
from gateway.kafka.markers import marker
from gateway.sessions.codes import canonical
from gateway.sessions.here import SessionsHere
from gateway.sessions.lookup import Lookup
from gateway.sessions.sessions import Sessions, Standing
from schemas.channels import Control
from schemas.messages import Session
from schemas.topics import AUDIO, SESSIONS

log = structlog.get_logger()

RECORD_S = 5.0
"""How long the record of it may take to be in the log."""
TRIES = 5


class Deletion:
    """Ends a session for good; it may be anywhere."""

    def __init__(self, log: KafkaLog, lookup: Lookup, sessions: Sessions, here: SessionsHere) -> None:
        self._log, self._lookup, self._sessions, self._here = log, lookup, sessions, here

    async def delete(self, typed: str, claims: SpeakerClaims) -> int:
        """Ends a session if it is live, tells its listeners and clears Redis; says how many keys that were.

        The record of it is in the log before anything is cleared, so that no restoration brings the session back. When
        this fails half-way the session has ended, and the same call again completes it.

        Raises RefusedError, RedisError.
        """
        self._log.partitions()  # while Kafka is away nothing is done
        standing, gone = await self._superseded(typed, claims)
        await self._sessions.tell(gone.session_id, Control(kind="state", at=now_ms()))
        try:
            async with asyncio.timeout(RECORD_S):
                await self._record(standing, gone)
        except TimeoutError:
            raise unavailable() from None
        removed = await self._sessions.forget(gone)
        await self._sessions.tell(gone.session_id, Control(kind="state", at=now_ms()))
        log.info("session.deleted", session_id=gone.session_id, keys=removed, was=standing.session.state)
        return removed

    async def _superseded(self, typed: str, claims: SpeakerClaims) -> tuple[Standing, Session]:
        """How the session stood, and how it is now: ended, under a generation that no speaker has.

        Its speaker, or another deletion, may do something at this very moment: then it is looked at again.
        """
        for _ in range(TRIES):
            standing = await self._lookup.by_token(claims)
            if canonical(typed) != standing.session.code:
                raise RefusedError("forbidden", "The speakerToken is that of another session.")
            gone = _without_words(standing.session)
            if await self._sessions.supersede(standing.session, gone):
                return standing, gone
        raise unavailable()

    async def _record(self, standing: Standing, gone: Session) -> None:
        live = self._here.get(gone.session_id)
        if live:
            live.follow(gone, away=False)  # from now on what its speaker sends here is refused
        if live and live.tape:
            live.tape.drop()
            await live.tape.drained()
        position = await self._here.end_of_audio(standing)
        if not standing.closed:
            end = marker("end", gone, position, now_ms())
            await self._log.deliver(AUDIO, gone.partition, gone.session_id, [end])
        record = msgspec.structs.replace(gone, position=position)
        await self._log.deliver(SESSIONS, gone.partition, gone.session_id, [record])


def _without_words(before: Session) -> Session:
    """Ended, and without what people wrote into it."""
    return msgspec.structs.replace(
        before,
        state="ended",
        deleted=True,
        generation=before.generation + 1,
        updated_at=max(now_ms(), before.updated_at + 1),
        title="",
        owner="",
        pin="",
        glossary={},
        vocabulary=(),
    )
