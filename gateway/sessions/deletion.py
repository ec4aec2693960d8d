"""The end of all that is known of a session, at the wish of whoever spoke in it."""

import asyncio

import msgspec
import structlog

from dragoman.runtime.wall_clock import now_ms
from gateway.access.token import SpeakerClaims
from gateway.errors import RefusedError, unavailable
from gateway.kafka.markers import marker
from gateway.sessions.codes import canonical
from gateway.sessions.sessions import Standing
from gateway.surroundings import Surroundings
from schemas.channels import Control
from schemas.messages import Session
from schemas.topics import AUDIO, SESSIONS

log = structlog.get_logger()

RECORD_S = 5.0
"""How long the record of it may take to be in the log."""
TRIES = 5


async def delete(around: Surroundings, typed: str, claims: SpeakerClaims) -> int:
    """Ends a session if it is live, tells its listeners and clears Redis; says how many keys that were.

    The record of it is in the log before anything is cleared, so that no restoration brings the session back. When
    this fails half-way the session has ended, and the same call again completes it. Raises RefusedError, RedisError.
    """
    around.log.partitions()  # while Kafka is away nothing is done
    standing, gone = await _superseded(around, typed, claims)
    await around.sessions.tell(gone.session_id, Control(kind="state", at=now_ms()))
    try:
        async with asyncio.timeout(RECORD_S):
            await _record(around, standing, gone)
    except TimeoutError:
        raise unavailable() from None
    removed = await around.sessions.forget(gone)
    await around.sessions.tell(gone.session_id, Control(kind="state", at=now_ms()))
    log.info("session.deleted", session_id=gone.session_id, keys=removed, was=standing.session.state)
    return removed


async def _standing(around: Surroundings, typed: str, claims: SpeakerClaims) -> Standing:
    await around.restoration.complete()
    standing = await around.sessions.standing(claims.session_id)
    if standing is None and not await around.sessions.deleted(claims.session_id):
        await around.restoration.one(claims)
        standing = await around.sessions.standing(claims.session_id)
    if standing is None:
        raise RefusedError("session-not-found", "The session is no longer known: there is nothing to delete.")
    if canonical(typed) != standing.session.code:
        raise RefusedError("forbidden", "The speakerToken is that of another session.")
    return standing


async def _superseded(around: Surroundings, typed: str, claims: SpeakerClaims) -> tuple[Standing, Session]:
    """How the session stood, and how it is now: ended, under a generation that no speaker has.

    Its speaker, or another deletion, may do something at this very moment: then it is looked at again.
    """
    for _ in range(TRIES):
        standing = await _standing(around, typed, claims)
        gone = _without_words(standing.session)
        if await around.sessions.supersede(standing.session, gone):
            return standing, gone
    raise unavailable()


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


async def _record(around: Surroundings, standing: Standing, gone: Session) -> None:
    live = around.live.get(gone.session_id)
    if live:
        live.follow(gone, away=False)  # its speaker here is no longer taken at their word
    if live and live.tape:
        live.tape.drop()
        await live.tape.drained()
    position = await around.end_of_audio(standing)
    if not standing.closed:
        end = marker("end", gone, position, now_ms(), "")
        await around.log.deliver(AUDIO, gone.partition, gone.session_id, [end])
    record = msgspec.structs.replace(gone, position=position)
    await around.log.deliver(SESSIONS, gone.partition, gone.session_id, [record])
