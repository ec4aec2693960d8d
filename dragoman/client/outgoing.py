"""What a speaker has to say, put on one socket after the other: samples and, at their places between them, actions."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dragoman.client.connection import Connection, Incoming
from dragoman.client.errors import ClientError, RequestRefused, SocketClosed, StateError
from dragoman.client.link import Link
from dragoman.client.resend import ResendBuffer
from schemas.audio import SAMPLE_RATE
from schemas.close_codes import CloseCode
from schemas.socket import Action, AudioAccepted, EndSession, Error, SessionEnded

WINDOW: Final = 20 * SAMPLE_RATE
"""Samples that may be on the wire unacknowledged: well below what a gateway buffers for a session."""
REFUSED_S: Final = 0.5
"""Pause before something is sent again that was refused for now."""
FOR_NOW: Final = ("too-fast", "unavailable", "rate-limited")
TRIES: Final = 3
"""How often audio that is called bad is sent again before that is believed: it may have stood at the wrong place."""


@dataclass(eq=False)
class _PendingAction:
    position: int
    action: Action
    answer: "asyncio.Future[Any]"


class SpeakerQueue:
    """The queue of one speaker. An action is sent when all samples before it are durable, so that none is cut off."""

    def __init__(self, link: Link, resumption: Callable[[], Action], on_event: Callable[[Incoming], None]) -> None:
        self._link, self._resumption, self._on_event = link, resumption, on_event
        self._code = ""
        self._controls: deque[_PendingAction] = deque()
        self._not_before = 0.0
        self._window = WINDOW
        self._tries = 0
        self._tried = True
        """Audio was sent since the last refusal."""
        self._changed = asyncio.Event()
        self._ended = False
        self.buffer = ResendBuffer()
        self.failure: ClientError | None = None
        """What ended the session, if not its speaker."""

    def begin(self, code: str, position: int) -> None:
        """The session is open; its next sample is `position`."""
        self._code, self.buffer = code, ResendBuffer(position)

    def add(self, pcm: bytes, captured_at: int) -> int:
        """Takes the next samples; returns their position."""
        self._check()
        frame = self.buffer.add(pcm, captured_at)
        self._wake()
        return frame.position

    async def say(self, action: Action) -> Any:
        """Puts `action` behind the samples given so far; returns its answer. Raises RequestRefused."""
        self._check()
        control = _PendingAction(self.buffer.until, action, asyncio.get_running_loop().create_future())
        self._controls.append(control)
        self._wake()
        return await control.answer

    async def until(self, condition: Callable[[ResendBuffer], bool]) -> None:
        """Waits for something about the buffer. Raises what ended the session."""
        while not condition(self.buffer):
            self._check()
            await self._changed.wait()

    def fail(self, error: ClientError) -> None:
        """Nothing more can be said."""
        self.failure = error
        for control in self._controls:
            if not control.answer.done():
                control.answer.set_exception(error)
        self._wake()

    async def run(self, connection: Connection) -> None:
        """Speaks on `connection`, then on its successors, until the session has ended. Raises ClientError."""
        while True:
            code = await self._on_one(connection)
            if code == CloseCode.SESSION_ENDED or self._ended:
                return self._finish()
            try:
                connection, answer = await self._link.reopen(self._resumption, code)
            except RequestRefused as refused:
                if refused.code == "session-ended" and any(self._is_end(c) for c in self._controls):
                    return self._finish()
                raise
            self.buffer.rewind(answer.position)
            self._window, self._not_before = WINDOW, 0.0

    async def _on_one(self, connection: Connection) -> int:
        """Speaks until the socket closes; returns its close code."""
        sending = asyncio.create_task(self._send_all(connection), name="speaker.sending")
        try:
            async for message in connection.messages():
                self._take(message)
        except SocketClosed as closed:
            return closed.code
        finally:
            sending.cancel()
            try:
                await asyncio.wait([sending])
            finally:  # also when the speaker leaves at this very moment
                await connection.close()
        return int(CloseCode.LOST)

    async def _send_all(self, connection: Connection) -> None:
        try:
            while True:
                control = self._controls[0] if self._controls else None
                if control is not None and self._is_due(control):
                    await self._ask(connection, control)
                elif not await self._send_one(connection, control):
                    await self._pause()
        except SocketClosed:
            return  # the reader sees it, too, and knows what to do

    async def _send_one(self, connection: Connection, control: _PendingAction | None) -> bool:
        """Sends the next frame, if there is one and it may go now."""
        held = control is not None and self.buffer.upcoming >= control.position
        early = asyncio.get_running_loop().time() < self._not_before
        if held or early or self.buffer.in_flight >= self._window:
            return False
        moved = self.buffer.close_up()
        for each in self._controls:
            each.position -= moved
        if (frame := self.buffer.next()) is None:
            return False
        self._tried = True
        await connection.send_frame(self._code, frame)
        return True

    def _is_due(self, control: _PendingAction) -> bool:
        """All before it is durable, or was dropped."""
        return self.buffer.upcoming >= control.position and self.buffer.acknowledged >= self.buffer.cursor

    async def _ask(self, connection: Connection, control: _PendingAction) -> None:
        try:
            answer = await connection.request(control.action)
        except RequestRefused as refused:
            if refused.retryable:
                await asyncio.sleep((refused.retry_after_ms or REFUSED_S * 1000) / 1000)
                return
            self._controls.popleft()
            if not control.answer.done():  # whoever asked may have given up
                control.answer.set_exception(refused)
            return
        self._controls.popleft()
        self._ended = self._ended or self._is_end(control)
        if not control.answer.done():
            control.answer.set_result(answer)

    async def _pause(self) -> None:
        """Until something changes, or audio that was refused may be tried again."""
        wait_s = self._not_before - asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(self._changed.wait(), wait_s if wait_s > 0 else None)
        except TimeoutError:
            return

    def _take(self, message: Incoming) -> None:
        if isinstance(message, AudioAccepted):
            self.buffer.acknowledge(message.position)
            self._window, self._tries = WINDOW, 0
            self._wake()
        elif isinstance(message, Error) and isinstance(message.position, int):
            self._refused(RequestRefused(message), message.position)
        else:
            self._ended = self._ended or isinstance(message, SessionEnded)
            self._on_event(message)

    def _refused(self, refused: RequestRefused, position: int) -> None:
        """Audio was: it goes again from `position`, one frame until that is taken. Raises when it is for good."""
        if refused.code not in FOR_NOW:
            self._tries += self._tried  # what was on its way behind it is refused with it
            if self._tries > TRIES:
                raise refused
        self._tried = False
        self.buffer.send_again_from(position)
        self._window = 1
        wait_s = (refused.retry_after_ms or REFUSED_S * 1000) / 1000
        self._not_before = asyncio.get_running_loop().time() + wait_s
        self._wake()

    def _finish(self) -> None:
        self._ended = True
        for control in self._controls:
            if control.answer.done():
                continue
            if self._is_end(control):
                control.answer.set_result(None)
            else:
                control.answer.set_exception(StateError("the session has ended"))
        self._wake()

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure
        if self._ended:
            raise StateError("the session has ended")

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    @staticmethod
    def _is_end(control: _PendingAction) -> bool:
        return isinstance(control.action, EndSession)
