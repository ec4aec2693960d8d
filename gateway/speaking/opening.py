"""How a speaker's socket gets its session: a new one, or one to go on with."""

import asyncio

import structlog

from gateway.access.rules import may_resume, may_speak
from gateway.access.visitor import Visitor
from gateway.errors import RefusedError, unavailable
from gateway.sessions.codes import canonical, new_code, new_session_id
from gateway.sessions.live import LiveSession
from gateway.sessions.sessions import Standing
from gateway.sockets.peer import Peer
from gateway.speaking.capacity import check_capacity
from gateway.speaking.markers import now_ms
from gateway.speaking.speaker import Speaker
from gateway.speaking.tape import Tape
from gateway.speaking.token import SpeakerClaims, sign, verify
from gateway.surroundings import Surroundings
from schemas.channels import Control
from schemas.close_codes import CloseCode
from schemas.messages import Session
from schemas.socket import CreateSession, ResumeSession, SessionCreated, SessionResumed
from schemas.topics import SESSIONS, partition_of

log = structlog.get_logger()

RECORD_S = 5.0
"""How long a new session may take to be in the log."""
LET_GO_S = 5.0
"""How long a resume waits for what an older speaker of the session said here."""
MOST_TITLE = 200


async def create(around: Surroundings, peer: Peer, request: CreateSession, visitor: Visitor) -> Speaker:
    """Opens a session and answers. Raises RefusedError, RedisError."""
    _check(request, around.access.mode)
    owner = may_speak(await visitor.identity(request.token)).subject
    offers = await around.offers()
    language = offers.floor(request.source_language)
    await check_capacity(around.redis)
    await around.restoration.complete()  # a code is not given twice, even if Redis forgot it
    await around.limits.session(peer.address)
    session = await _new_session(around, request, language, owner)
    try:
        now = await around.sessions.now_ms()
        await around.limits.claim_session(owner, peer.address, session.session_id, now_ms=now)
        async with asyncio.timeout(RECORD_S):
            await around.log.deliver(SESSIONS, session.partition, session.session_id, [session])
        await around.sessions.restore(session, position=0, here=True)
    except BaseException as error:
        await around.sessions.release_code(session.code)
        await around.limits.release_session(owner, peer.address, session.session_id)
        if isinstance(error, TimeoutError):
            raise unavailable() from None
        raise
    standing = Standing(session, position=0, speaker=around.gateway_id)
    speaker = await _enter(around, peer, standing, explicit=False, captions=request.captions)
    if request.client_time is not None:
        speaker.offset.observe(request.client_time, now_ms())
    claims = SpeakerClaims(session.session_id, session.partition, language)
    answer = SessionCreated(
        session_id=session.code,
        speaker_token=sign(claims, around.secret),
        moderator_token=sign(claims, around.secret, "moderator"),
        join_url=around.join_url(session.code),
        server_time=now_ms(),
        source_language=language,
        ignored=["vocabulary"] if request.vocabulary else [],
    )
    peer.answer(answer, request.request_id)
    log.info("session.created", session_id=session.session_id, language=language, partition=session.partition)
    return speaker


async def resume(around: Surroundings, peer: Peer, request: ResumeSession, visitor: Visitor) -> Speaker:
    """Goes on with a session and answers; closes an older speaker wherever it is. Raises RefusedError, RedisError."""
    claims = verify(request.speaker_token, around.secret)
    identity = may_speak(await visitor.identity(request.token))
    standing = await _standing(around, claims)
    if canonical(request.session_id) != standing.session.code:
        raise RefusedError("unauthorized", "The speakerToken is not valid for this session.")
    may_resume(standing.session, identity)
    if standing.session.state == "ended":
        raise RefusedError("session-ended", "The session has ended.")
    session = await around.sessions.take_over(standing.session)
    if session is None:
        raise RefusedError("session-ended", "The session has ended.")
    await _let_go(around, session)
    # Only now: what an older speaker's gateway still had under way is in the log, or is dropped there.
    position = await around.end_of_audio(standing)
    taken = Standing(session, position, around.gateway_id)
    speaker = await _enter(around, peer, taken, explicit=True, captions=request.captions)
    if request.client_time is not None:
        speaker.offset.observe(request.client_time, now_ms())
    live = speaker.live
    answer = SessionResumed(
        session_id=session.code,
        position=live.position,
        state=live.shown,
        server_time=now_ms(),
        source_language=live.session.source_language,
        detected=live.session.detected,
        hidden=live.session.hidden,
        moderator_token=sign(claims, around.secret, "moderator"),
    )
    peer.answer(answer, request.request_id)
    around.spawn(_announce(around, session))
    log.info("session.resumed", session_id=session.session_id, generation=session.generation, position=live.position)
    return speaker


async def _standing(around: Surroundings, claims: SpeakerClaims) -> Standing:
    """How the session stands, also when Redis forgot it. Raises RefusedError, RedisError."""
    await around.restoration.complete()
    standing = await around.sessions.standing(claims.session_id)
    if standing is None:
        await around.restoration.one(claims)
        standing = await around.sessions.standing(claims.session_id)
    if standing is None:
        raise RefusedError("session-not-found", "The session is no longer known: create a new one.")
    return standing


async def _let_go(around: Surroundings, session: Session) -> None:
    """An older speaker here says nothing more. Raises RefusedError while what it said is still on its way to the log.

    What only waits is dropped: it was not acknowledged. Whoever goes on may be another client, with other words.
    """
    live = around.live.get(session.session_id)
    if live is None or live.tape is None:
        return
    if live.speaker:
        live.speaker.peer.close(CloseCode.REPLACED)
    live.tape.drop()
    try:
        async with asyncio.timeout(LET_GO_S):
            await live.tape.drained()
    except TimeoutError:
        raise unavailable() from None
    live.received = live.tape.durable


async def _announce(around: Surroundings, session: Session) -> None:
    await around.sessions.tell(session.session_id, Control(kind="replaced", generation=session.generation))
    await around.sessions.tell(session.session_id, Control(kind="state", at=now_ms()))


async def _enter(around: Surroundings, peer: Peer, standing: Standing, *, explicit: bool, captions: bool) -> Speaker:
    live = await around.enter(standing)
    session = standing.session
    live.position = max(live.position, standing.position)
    if live.tape is None:
        live.tape = _tape(around, live)
    live.tape.durable = max(live.tape.durable, live.position)
    live.position = live.tape.durable
    older = live.speaker
    speaker = Speaker(around, peer, live, live.tape, generation=session.generation, explicit=explicit)
    live.speaker = speaker
    if older:
        older.peer.close(CloseCode.REPLACED)
    live.follow(session, away=False)
    if explicit:
        speaker.record()
    live.tell_audience()
    around.spawn(speaker.floor.follow())
    if captions:
        try:
            await speaker.floor.show_captions()
        except BaseException:
            await speaker.leave()
            raise
    return speaker


def _tape(around: Surroundings, live: LiveSession) -> Tape:
    session = live.session
    return Tape(
        around.log,
        session.session_id,
        session.partition,
        durable=live.position,
        capacity_s=around.buffer_s,
        on_durable=live.durable,
        newest=lambda: around.sessions.generation(session.session_id),
    )


async def _new_session(around: Surroundings, request: CreateSession, language: str, owner: str) -> Session:
    partitions = around.log.partitions()
    while True:
        code = new_code()
        session_id = new_session_id(code)
        if await around.sessions.claim_code(code, session_id):
            break
    now = now_ms()
    return Session(
        session_id=session_id,
        code=code,
        source_language=language,
        partition=partition_of(session_id, partitions),
        created_at=now,
        updated_at=now,
        title=request.title,
        owner=owner,
        glossary=request.glossary,
        vocabulary=request.vocabulary,
        listeners=request.listeners,
        pin=request.pin,
    )


def _check(request: CreateSession, mode: str) -> None:
    if request.listeners == "signed-in" and mode == "open":
        raise RefusedError("bad-message", "Nobody signs in at this gateway: `listeners` may be guests or pin.")
    if len(request.title) > MOST_TITLE:
        raise RefusedError("bad-message", f"The member `title` is longer than {MOST_TITLE} characters.")
    if request.listeners == "pin" and not request.pin:
        raise RefusedError("bad-message", "The member `pin` is missing: `listeners` says that there is one.")
