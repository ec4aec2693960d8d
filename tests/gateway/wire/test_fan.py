"""One frame for many, on real sockets and both event loops: whole, in order, never into another one's descriptor."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from gateway.wire import frames
from gateway.wire.fan import Fan
from gateway.wire.peer import SOFT_LIMIT, Peer

FRAME = frames.binary(bytes(range(256)) * 32)


def run(factory: Callable[[], Any], test: Callable[[], Awaitable[None]]) -> None:
    """Runs a test on one kind of loop."""
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(asyncio.wait_for(test(), 60))  # type: ignore[arg-type]  # it is a coroutine


loops = pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


class Client:
    """The other end of a peer's socket, which reads only when told."""

    def __init__(self, peer: Peer, sock: socket.socket, transport: Any) -> None:
        self.peer, self._socket, self.transport = peer, sock, transport

    @classmethod
    async def connect(cls) -> "Client":
        """With little room in the kernel."""
        with socket.create_server(("127.0.0.1", 0)) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
            ours = socket.socket()
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
            ours.connect(door.getsockname())
            theirs, _ = door.accept()
        ours.setblocking(False)
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=theirs)
        peer = Peer(transport, binary=True)
        peer.control(b"", frames.PING)  # the first bytes go by the transport
        client = cls(peer, ours, transport)
        assert await client.read(2) == frames.frame(b"", frames.PING)
        return client

    async def read(self, length: int) -> bytes:
        """Exactly so many bytes."""
        got = b""
        while len(got) < length:
            piece = await asyncio.get_running_loop().sock_recv(self._socket, length - len(got))
            assert piece, "the end"
            got += piece
        return got

    def close(self) -> None:
        self._socket.close()
        self.peer.drop()


@loops
def test_frames_go_straight_to_the_kernel_while_it_takes_them(factory: Callable[[], Any]) -> None:
    async def test() -> None:
        clients = [await Client.connect() for _ in range(3)]
        fan = Fan(client.peer for client in clients)
        assert all(client.peer.direct() for client in clients)
        fan.write(FRAME)
        assert [await client.read(len(FRAME)) for client in clients] == [FRAME] * 3
        for client in clients:
            client.close()

    run(factory, test)


@loops
def test_everything_arrives_whole_and_in_order_at_those_who_read_late(factory: Callable[[], Any]) -> None:
    async def test() -> None:
        quick, late = await Client.connect(), await Client.connect()
        fan, sent = Fan([quick.peer, late.peer]), b""
        for n in range(20):  # 160 KB: more than the kernel takes, less than the limit
            fan.write(FRAME)
            late.peer.write(notice := frames.text(b"notice %d" % n))
            sent += FRAME + notice
            assert await quick.read(len(FRAME)) == FRAME
        assert quick.peer.direct()
        assert late.peer.direct() is None
        assert await late.read(len(sent)) == sent
        late.peer.control(b"", frames.PING)  # it has nothing waiting any more
        fan.write(FRAME)
        assert late.peer.direct()
        assert await late.read(2 + len(FRAME)) == frames.frame(b"", frames.PING) + FRAME
        for client in (quick, late):
            client.close()

    run(factory, test)


@loops
def test_who_does_not_read_is_closed_with_4008_and_the_others_get_all(factory: Callable[[], Any]) -> None:
    async def test() -> None:
        quick, stalled = await Client.connect(), await Client.connect()
        fan = Fan([quick.peer, stalled.peer])
        written = 0
        while not stalled.peer.closing:
            fan.write(FRAME)
            written += 1
            assert await quick.read(len(FRAME)) == FRAME
            assert stalled.transport.get_write_buffer_size() <= SOFT_LIMIT + 2 * len(FRAME)
        fan.write(FRAME)  # nothing follows a close frame
        assert await stalled.read((written - 1) * len(FRAME) + 4) == FRAME * (written - 1) + frames.close(4008)
        for client in (quick, stalled):
            client.close()

    run(factory, test)


@loops
def test_a_descriptor_that_was_given_to_another_connection_is_not_written_to(factory: Callable[[], Any]) -> None:
    async def test() -> None:
        gone = await Client.connect()
        fan = Fan([gone.peer])
        fan.write(FRAME)
        way = gone.peer.direct()
        assert way
        reader, writer = socket.socketpair()
        gone.transport.abort()
        while _is_open(way[0]):  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0)
        os.dup2(writer.fileno(), way[0])
        fan.write(FRAME)
        reader.setblocking(False)
        with pytest.raises(BlockingIOError):
            reader.recv(1)
        os.close(way[0])
        for each in (reader, writer, gone):
            each.close()

    run(factory, test)


@loops
def test_nothing_follows_a_close_frame(factory: Callable[[], Any]) -> None:
    async def test() -> None:
        client = await Client.connect()
        fan = Fan([client.peer])
        fan.write(FRAME)
        client.peer.close(4010)
        fan.write(FRAME)
        client.peer.evict()
        expected = FRAME + frames.close(4010)
        assert await client.read(len(expected)) == expected
        with pytest.raises(ConnectionResetError):
            await client.read(1)
        client.close()

    run(factory, test)


@loops
def test_a_client_that_has_gone_does_not_keep_the_others_from_hearing(factory: Callable[[], Any]) -> None:
    async def test() -> None:
        gone, here = await Client.connect(), await Client.connect()
        fan = Fan([gone.peer, here.peer])
        gone.close()
        for _ in range(5):
            fan.write(FRAME)
        assert await here.read(5 * len(FRAME)) == FRAME * 5
        here.close()

    run(factory, test)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
