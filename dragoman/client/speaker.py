"""The speaker's side of a session: sends audio, keeps what is not safe, and comes back by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal, TypeVar

import msgspec

from dragoman.client.connection import Connection, Incoming
from dragoman.client.credential import Credential
from dragoman.client.errors import ClientError, RequestRefused, StateError
from dragoman.client.link import PATIENCE_S, Gateways, Link, OnChange, quiet
from dragoman.client.outgoing import SpeakerQueue
from schemas.socket import (
    Action,
    ChangeSourceLanguage,
    ControlBroadcast,
    CreateSession,
    EndSession,
    ResumeSession,
    SessionCreated,
)

Opening = TypeVar("Opening", bound=Action)


class Speaker:
    """Speaks in one session. `async with` opens it (`create` or `resume` says which) and does not end it.

    Samples go in by `send`; `events` yields what the gateway says (captions, listenersChanged, warnings …) and ends
    with the session. Between the two a task keeps the socket: it reconnects, resumes and sends again what is not yet
    durable.
    """

    def __init__(
        self,
        url: Gateways,
        opening: CreateSession | ResumeSession,
        *,
        credential: Credential = "",
        binary: bool = True,
        patience_s: float = PATIENCE_S,
        now: Callable[[], float] = time.time,
        on_change: OnChange = quiet,
    ) -> None:
        self._opening, self._now = opening, now
        self._link = Link(url, credential=credential, binary=binary, patience_s=patience_s, on_change=on_change)
        self._events: asyncio.Queue[Incoming | None] = asyncio.Queue()
        self._silent = False
        self._connection: Connection | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._outgoing = SpeakerQueue(self._link, self._resumption, self._events.put_nowait)
        self.code = ""
        """The session's code."""
        self.token = ""
        """Opens `resumeSession`."""
        self.join_url = ""
        """What listeners open; empty after a resume by hand."""

    @classmethod
    def create(
        cls, url: Gateways, language: str, *, title: str = "", pin: str = "", captions: bool = False, **how: Any
    ) -> "Speaker":
        """A speaker of `language` who opens a new session, for all or for those who know a PIN.

        Of `auto` the language is to be found out. With `captions` their own come among the events.
        """
        opening = CreateSession(
            source_language=language, title=title, captions=captions, listeners="pin" if pin else "guests", pin=pin
        )
        return cls(url, opening, **how)

    @classmethod
    def resume(cls, url: Gateways, code: str, token: str, *, captions: bool = False, **how: Any) -> "Speaker":
        """A speaker who goes on in the session `code`."""
        return cls(url, ResumeSession(session_id=code, speaker_token=token, captions=captions), **how)

    async def __aenter__(self) -> "Speaker":
        """Raises GatewayUnreachable, RequestRefused, SocketClosed."""
        connection, answer = await self._link.open(self._timed(self._opening))
        self._connection = connection
        self.code = answer.session_id
        if isinstance(answer, SessionCreated):
            self.token, self.join_url = answer.speaker_token, answer.join_url
        elif isinstance(self._opening, ResumeSession):
            self.token = self._opening.speaker_token
        self._outgoing.begin(self.code, answer.position)
        self._keeper = asyncio.create_task(self._keep(connection), name="speaker")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def position(self) -> int:
        """Position of the next sample."""
        return self._outgoing.buffer.until

    @property
    def acknowledged(self) -> int:
        """All samples below are durable."""
        return self._outgoing.buffer.acknowledged

    @property
    def lost(self) -> int:
        """Samples that were dropped because nothing was acknowledged for too long, and that the gateway has not."""
        return self._outgoing.buffer.lost

    @property
    def reconnects(self) -> int:
        """How often the socket was lost and found again."""
        return self._link.reconnects

    def send(self, pcm: bytes, captured_at: int | None = None) -> int:
        """Takes the next samples (s16le, 16 kHz, mono; at most 1 s) and returns their position. Never waits.

        `captured_at` is when the first of them was captured (Unix ms; now if absent). A source that can wait asks
        `room` first: a microphone cannot, and after 60 s without an acknowledgement the oldest audio is dropped. What
        is lost so is a gap in the session, of at most 60 s: if it was more, what follows it moves down, and so does
        `position`. Raises StateError in pause and after `end`, and the error that ended the session.
        """
        if self._silent:
            raise StateError("the session is paused: audio can be sent when it goes on")
        return self._outgoing.add(pcm, captured_at if captured_at is not None else round(self._now() * 1000))

    async def room(self, samples: int) -> None:
        """Waits until `samples` more can be taken without loss. Raises the error that ended the session."""
        await self._outgoing.until(lambda buffer: buffer.room >= samples)

    async def delivered(self) -> None:
        """Waits until all that was sent is durable. Raises the error that ended the session."""
        await self._outgoing.until(lambda buffer: buffer.acknowledged >= buffer.until)

    async def pause(self) -> None:
        """Stops the session until `go_on`; the position stands still."""
        self._silent = True
        await self._control("pause")

    async def go_on(self) -> None:
        """Goes on after `pause`."""
        await self._control("resume")
        self._silent = False

    async def mute(self) -> None:
        """The session runs on; what is sent counts as silence."""
        await self._control("mute")

    async def unmute(self) -> None:
        """What is sent is heard again."""
        await self._control("unmute")

    async def change_language(self, language: str) -> None:
        """What is sent from now on is spoken in `language`; `auto`: that is to be found out."""
        await self._outgoing.say(ChangeSourceLanguage(session_id=self.code, source_language=language))

    async def end(self) -> None:
        """Ends the session behind the last sample; returns when that is durable. Captions may still come."""
        try:
            await self._outgoing.say(EndSession(session_id=self.code))
        except RequestRefused as refused:
            if refused.code != "session-ended":  # an earlier attempt, whose answer was lost, has ended it
                raise

    async def events(self) -> AsyncIterator[Incoming]:
        """What the gateway says, until the session has ended. Raises the error that ended it otherwise."""
        while (event := await self._events.get()) is not None:
            yield event
        if self._outgoing.failure is not None:
            raise self._outgoing.failure

    async def close(self) -> None:
        """Lets the socket go; the session waits for its speaker for a while."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        if self._connection is not None:
            await self._connection.close()  # a keeper that is cancelled before its first step has not done it

    async def _control(self, what: Literal["pause", "resume", "mute", "unmute"]) -> None:
        await self._outgoing.say(ControlBroadcast(session_id=self.code, control_action=what))

    async def _keep(self, connection: Connection) -> None:
        try:
            await self._outgoing.run(connection)
        except ClientError as error:
            self._outgoing.fail(error)
        finally:
            self._events.put_nowait(None)

    def _resumption(self) -> ResumeSession:
        captions = self._opening.captions
        return self._timed(ResumeSession(session_id=self.code, speaker_token=self.token, captions=captions))

    def _timed(self, opening: Opening) -> Opening:
        return msgspec.structs.replace(opening, client_time=round(self._now() * 1000))
