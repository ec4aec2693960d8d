"""The door: clients are let in at a living gateway, and their lines break as they were told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from dragoman.local.ports import free_ports
from tests.chaos.door import Address, Door

HOST = "127.0.0.1"


class Gateway:
    """Says back what it is told."""

    def __init__(self) -> None:
        self.heard = b""
        self.lost: asyncio.Queue[bool] = asyncio.Queue()
        """Of each client who is gone: whether its line was reset."""
        self.address: Address = HOST, 0

    async def __aenter__(self) -> "Gateway":
        self._server = await asyncio.start_server(self._answer, HOST, 0)
        self.address = self._server.sockets[0].getsockname()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(100):
                self.heard += piece
                writer.write(piece)
            self.lost.put_nowait(False)
        except ConnectionResetError:
            self.lost.put_nowait(True)
        finally:
            writer.close()


class Client:
    """Has come in by the door."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, words: bytes) -> None:
        """Does not wait for an answer."""
        self._writer.write(words)

    async def hears(self, words: bytes) -> bool:
        """Whether this comes next. Raises ConnectionResetError, IncompleteReadError."""
        return await self._reader.readexactly(len(words)) == words


@asynccontextmanager
async def entering(door: Door) -> AsyncIterator[Client]:
    """Someone who wants to get in."""
    reader, writer = await asyncio.open_connection(HOST, int(door.url.rpartition(":")[2]))
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_client_is_let_in_at_the_first_gateway_that_lives() -> None:
    (dead,) = free_ports(1)
    async with Gateway() as first, Gateway() as second:
        choices = [(HOST, dead), first.address, second.address]
        async with Door(lambda: choices) as door, entering(door) as client:
            client.say(b"hello")
            assert await client.hears(b"hello")
            assert (first.heard, second.heard) == (b"hello", b"")


async def test_a_client_is_sent_away_when_no_gateway_lives() -> None:
    (dead,) = free_ports(1)
    async with Door(lambda: [(HOST, dead)]) as door, entering(door) as client:
        with pytest.raises(asyncio.IncompleteReadError):
            await client.hears(b"hello")


async def test_a_reset_is_noticed_at_both_ends_and_one_can_come_in_again() -> None:
    async with Gateway() as gateway, Door(lambda: [gateway.address]) as door:
        async with entering(door) as client:
            client.say(b"one")
            assert await client.hears(b"one")
            door.reset()
            with pytest.raises(ConnectionResetError):
                await client.hears(b"more")
            assert await gateway.lost.get()
        async with entering(door) as again:
            again.say(b"two")
            assert await again.hears(b"two")


async def test_behind_a_shut_door_nobody_comes_in_until_it_is_unlocked() -> None:
    async with Gateway() as gateway, Door(lambda: [gateway.address]) as door:
        async with entering(door) as client:
            client.say(b"hello")
            assert await client.hears(b"hello")
            door.shut()
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await client.hears(b"hello")
        async with entering(door) as client:
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await client.hears(b"hello")
        door.unlock()
        async with entering(door) as client:
            client.say(b"again")
            assert await client.hears(b"again")


async def test_what_is_said_in_a_silence_is_held_and_goes_on_in_order() -> None:
    async with Gateway() as gateway, Door(lambda: [gateway.address]) as door, entering(door) as client:
        client.say(b"one")
        assert await client.hears(b"one")
        door.silence()
        client.say(b"two")
        async with entering(door) as other:  # comes in by the same door after the silence began
            other.say(b"other")
            assert await other.hears(b"other")
        assert gateway.heard == b"oneother"
        client.say(b"three")
        door.let_pass()
        assert await client.hears(b"twothree")


async def test_a_client_who_leaves_is_gone_at_the_gateway() -> None:
    async with Gateway() as gateway, Door(lambda: [gateway.address]) as door:
        async with entering(door) as client:
            client.say(b"one")
            assert await client.hears(b"one")
        assert not await gateway.lost.get()


async def test_a_proxy_may_close_a_line_in_the_middle_of_what_it_carries() -> None:
    async with Gateway() as gateway, Door(lambda: [gateway.address]) as door, entering(door) as client:
        client.say(b"one")
        assert await client.hears(b"one")
        door.cut_behind(5)
        client.say(b"hello, you")
        assert await client.hears(b"hello")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await client.hears(b",")
        assert not door.being_cut
