"""What a speaker has to say, on one socket after the other."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from dragoman.client.errors import SocketClosed
from dragoman.client.link import Link
from dragoman.client.outgoing import Outgoing
from schemas.socket import ResumeSession


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
    outgoing = Outgoing(Link("ws://unused"), lambda: ResumeSession(session_id="", speaker_token=""), lambda event: None)
    connection = EndedConnection()
    running = asyncio.create_task(outgoing.run(connection))  # type: ignore[arg-type]  # all that is used of one
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert connection.closed
