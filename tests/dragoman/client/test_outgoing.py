"""What a speaker has to say, on one socket after the other."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

import pytest

from dragoman.client.errors import SocketClosed
from dragoman.client.link import Link
from dragoman.client.outgoing import SpeakerQueue
from dragoman.client.resend import Frame
from schemas.audio import SAMPLE_RATE
from schemas.socket import AudioAccepted, ControlBroadcast, ResumeSession


class EndedConnection:
    """A socket that the gateway closes because the session has ended."""

    closed = False

    async def messages(self) -> AsyncIterator[object]:
        await asyncio.sleep(0)
        raise SocketClosed(4010)
        yield

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("steps", range(1, 8))
async def test_a_speaker_who_leaves_while_the_socket_closes_leaves_nothing_open(steps: int):
    """At whatever step of it."""
    outgoing = SpeakerQueue(
        Link("ws://unused"), lambda: ResumeSession(session_id="", speaker_token=""), lambda event: None
    )
    connection = EndedConnection()
    running = asyncio.create_task(outgoing.run(connection))  # type: ignore[arg-type]  # all that is used of one
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert connection.closed


class Wire:
    """A socket that notes what goes over it, and takes everything."""

    def __init__(self) -> None:
        self.sent: list[int | str] = []
        self._answers: asyncio.Queue[AudioAccepted] = asyncio.Queue()

    async def messages(self) -> AsyncIterator[AudioAccepted]:
        while True:
            yield await self._answers.get()

    async def send_frame(self, code: str, frame: Frame) -> None:
        self.sent.append(frame.position)
        self._answers.put_nowait(AudioAccepted(session_id=code, position=frame.until))

    async def request(self, action: ControlBroadcast) -> object:
        self.sent.append(action.control_action)
        return action

    async def close(self) -> None:
        """Nothing is to be freed."""


async def test_an_action_stays_at_its_place_when_what_was_said_around_it_was_dropped():
    """And when so much was dropped that the rest moves down."""
    outgoing = SpeakerQueue(
        Link("ws://unused"), lambda: ResumeSession(session_id="", speaker_token=""), lambda event: None
    )

    async def say(action: Literal["mute", "unmute"], seconds_before: int) -> None:
        for _ in range(seconds_before):
            outgoing.add(bytes(2 * SAMPLE_RATE), 0)
        saying.append(asyncio.create_task(outgoing.say(ControlBroadcast(session_id="", control_action=action))))
        await asyncio.sleep(0)

    saying: list[asyncio.Task[object]] = []
    await say("mute", 100)
    await say("unmute", 130)
    outgoing.add(bytes(2 * SAMPLE_RATE), 0)
    wire = Wire()
    running = asyncio.create_task(outgoing.run(wire))  # type: ignore[arg-type]  # all that is used of one
    async with asyncio.timeout(30):
        await asyncio.gather(*saying)
        await outgoing.until(lambda buffer: buffer.acknowledged >= buffer.until)
    running.cancel()
    await asyncio.wait([running])
    assert wire.sent == ["mute", *(second * SAMPLE_RATE for second in range(60, 119)), "unmute", 119 * SAMPLE_RATE]
    assert outgoing.buffer.lost == (231 - 60) * SAMPLE_RATE
