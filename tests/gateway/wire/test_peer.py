"""The sending side, on a transport whose buffer is as full as told."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway.wire import frames
from gateway.wire.peer import SOFT_LIMIT, Peer


class Transport:
    """Keeps what is written; `waiting` is what the client did not read."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0
        self.aborted = False

    def write(self, data: bytes) -> None:
        """Takes everything."""
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        """As told."""
        return self.waiting

    def is_closing(self) -> bool:
        """Once aborted."""
        return self.aborted

    def abort(self) -> None:
        """Closes."""
        self.aborted = True

    def get_extra_info(self, name: str) -> None:
        """There is no socket."""


@pytest.fixture
def transport() -> Iterator[Transport]:
    """One that is aborted in the end, which ends the peer's timers."""
    made = Transport()
    yield made
    made.abort()


async def test_a_client_over_its_limit_gets_4008_and_nothing_after_it(transport: Transport) -> None:
    peer = Peer(transport, binary=False)  # type: ignore[arg-type]  # a fake
    peer.write(b"one")
    transport.waiting = SOFT_LIMIT + 1
    peer.write(b"two")
    transport.waiting = 0
    peer.write(b"three")
    assert transport.written == [b"one", frames.close(4008)]
    peer.drop()


async def test_what_was_missed_may_be_more_than_the_limit_until_it_is_read(transport: Transport) -> None:
    peer = Peer(transport, binary=False)  # type: ignore[arg-type]  # a fake
    peer.write_history(bytes(2 * SOFT_LIMIT))
    transport.waiting = 2 * SOFT_LIMIT
    peer.write(b"live")
    transport.waiting = 0
    peer.write(b"read")
    transport.waiting = 2 * SOFT_LIMIT
    peer.write(b"too much")
    assert transport.written[1:] == [b"live", b"read", frames.close(4008)]
    peer.drop()


async def test_many_histories_may_be_no_more_than_one(transport: Transport) -> None:
    """Who changes languages all the time and reads nothing makes the gateway keep no more."""
    peer = Peer(transport, binary=False)  # type: ignore[arg-type]  # a fake
    for waiting in (0, 2 * SOFT_LIMIT):
        transport.waiting = waiting
        peer.write_history(bytes(2 * SOFT_LIMIT))
    transport.waiting = 4 * SOFT_LIMIT
    peer.write(b"too much")
    assert transport.written[-1] == frames.close(4008)
    peer.drop()


async def test_a_close_is_sent_once_and_frees_the_connection_when_nobody_answers(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.wire.peer.CLOSE_S", 0.0)
    peer = Peer(transport, binary=False)  # type: ignore[arg-type]  # a fake
    peer.close(4010)
    peer.close(4009)
    assert transport.written == [frames.close(4010)]
    while not transport.aborted:  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0.001)
