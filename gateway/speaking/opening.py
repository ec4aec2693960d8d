"""How a speaker's socket gets its session: a new one, or one to go on with."""

import asyncio
from collections.abc import Callable

import structlog

from dragoman.runtime.wall_clock import now_ms
from gateway.access.rules import may_resume, may_speak
from gateway.access.token import SpeakerClaims, sign, verify
from gateway.access.visitor import Visitor
from gateway.errors import RefusedError, unavailable
from gateway.kafka.log import KafkaLog
from gateway.kafka.tape import Tapes
from gateway.limits.limits import Limits
from gateway.sessions.codes import canonical, new_code, new_session_id
from gateway.sessions.lookup import Lookup
from gateway.sessions.restoration import Restoration
from gateway.sessions.sessions import Standing
from gateway.speaking.capacity import check_capacity
from gateway.speaking.speaker import LiveSpeaker, SpeakerNeeds
from gateway.wire.peer import Peer
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


class Opening:
    """The way in for speakers."""

    def __init__(
        self, needs: SpeakerNeeds, *, gateway_id: str, lookup: Lookup, restoration: Restoration, log: KafkaLog,
        tapes: Tapes, limits: Limits, mode: str, secret: str, join_url: Callable[[str], str],
    ) -> None:  # fmt: skip
        """`mode` says who may speak, `join_url` what listeners of a code open."""
        self._needs, self._gateway_id = needs, gateway_id
        self._here, self._sessions = needs.here, needs.sessions
        self._lookup, self._restoration = lookup, restoration
        self._log, self._tapes, self._limits = log, tapes, limits
        self._mode, self._secret, self._join_url = mode, secret, join_url

    async def create(self, peer: Peer, request: CreateSession, visitor: Visitor) -> LiveSpeaker:
        """Opens a session and answers. Raises RefusedError, RedisError."""
        _check(request, self._mode)
        owner = may_speak(await visitor.identity(request.token)).subject
        offers = await self._needs.offers.now()
        language = offers.floor(request.source_language)
        await check_capacity(self._needs.redis)
        await self._restoration.complete()  # a code is not given twice, even if Redis forgot it
        await self._limits.session(peer.address)
        session = await self._new_session(request, language, owner)
        try:
            now = await self._sessions.now_ms()
            await self._limits.claim_session(owner, peer.address, session.session_id, now_ms=now)
            async with asyncio.timeout(RECORD_S):
                await self._log.deliver(SESSIONS, session.partition, session.session_id, [session])
            await self._sessions.restore(session, position=0, here=True)
        except BaseException as error:
            await self._sessions.release_code(session.code)
            await self._limits.release_session(owner, peer.address, session.session_id)
            if isinstance(error, TimeoutError):
                raise unavailable() from None
            raise
        standing = Standing(session, position=0, speaker=self._gateway_id)
        speaker = await self._enter(peer, standing, explicit=False, captions=request.captions)
        if request.client_time is not None:
            speaker.offset.observe(request.client_time, now_ms())
        claims = SpeakerClaims(session.session_id, session.partition, language)
        answer = SessionCreated(
            session_id=session.code,
            speaker_token=sign(claims, self._secret),
            moderator_token=sign(claims, self._secret, "moderator"),
            join_url=self._join_url(session.code),
            server_time=now_ms(),
            source_language=language,
            ignored=["vocabulary"] if request.vocabulary else [],
        )
        peer.answer(answer, request.request_id)
        log.info("session.created", session_id=session.session_id, language=language, partition=session.partition)
        return speaker

    async def resume(self, peer: Peer, request: ResumeSession, visitor: Visitor) -> LiveSpeaker:
        """Goes on with a session and answers; closes an older speaker wherever it is.

        Raises RefusedError, RedisError.
        """
        claims = verify(request.speaker_token, self._secret)
        identity = may_speak(await visitor.identity(request.token))
        standing = await self._lookup.by_token(claims)
        if canonical(request.session_id) != standing.session.code:
            raise RefusedError("unauthorized", "The speakerToken is not valid for this session.")
        may_resume(standing.session, identity)
        if standing.session.state == "ended":
            raise RefusedError("session-ended", "The session has ended.")
        session = await self._sessions.take_over(standing.session)
        if session is None:
            raise RefusedError("session-ended", "The session has ended.")
        await self._let_go(session)
        # Only now: what an older speaker's gateway still had under way is in the log, or is dropped there.
        position = await self._here.end_of_audio(standing)
        taken = Standing(session, position, self._gateway_id)
        speaker = await self._enter(peer, taken, explicit=True, captions=request.captions)
        if request.client_time is not None:
            speaker.offset.observe(request.client_time, now_ms())
        live = speaker.live
        answer = SessionResumed(
            session_id=session.code,
            position=live.extent.durable,
            state=live.shown,
            server_time=now_ms(),
            source_language=live.session.source_language,
            detected=live.session.detected,
            hidden=live.session.hidden,
            moderator_token=sign(claims, self._secret, "moderator"),
        )
        peer.answer(answer, request.request_id)
        self._needs.tasks.spawn(self._announce(session))
        log.info(
            "session.resumed",
            session_id=session.session_id,
            generation=session.generation,
            position=live.extent.durable,
        )
        return speaker

    async def _let_go(self, session: Session) -> None:
        """An older speaker here says nothing more. Raises RefusedError while what it said is on its way to the log.

        What only waits is dropped: it was not acknowledged. Whoever goes on may be another client, with other words.
        """
        live = self._here.get(session.session_id)
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
        live.extent.drop()

    async def _announce(self, session: Session) -> None:
        await self._sessions.tell(session.session_id, Control(kind="replaced", generation=session.generation))
        await self._sessions.tell(session.session_id, Control(kind="state", at=now_ms()))

    async def _enter(self, peer: Peer, standing: Standing, *, explicit: bool, captions: bool) -> LiveSpeaker:
        live = await self._here.enter(standing)
        session = standing.session
        live.extent.deliver(standing.position)
        if live.tape is None:
            live.tape = self._tapes.of(session, live.extent, live.durable)
        older = live.speaker
        speaker = LiveSpeaker(self._needs, peer, live, live.tape, generation=session.generation, explicit=explicit)
        live.speaker = speaker
        if older:
            older.peer.close(CloseCode.REPLACED)
        live.follow(session, away=False)
        if explicit:
            speaker.record()
        live.tell_audience()
        self._needs.tasks.spawn(speaker.floor.follow())
        if captions:
            try:
                await speaker.floor.show_captions()
            except BaseException:
                await speaker.leave()
                raise
        return speaker

    async def _new_session(self, request: CreateSession, language: str, owner: str) -> Session:
        partitions = self._log.partitions()
        while True:
            code = new_code()
            session_id = new_session_id(code)
            if await self._sessions.claim_code(code, session_id):
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
