"""Between a client and the gateways: a door that can be slammed, jammed and blocked, and leads to whichever answers."""

import asyncio
import random
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass


@dataclass(eq=False)
class _Passage:
    client: asyncio.StreamWriter
    gateway: asyncio.StreamWriter
    open: asyncio.Event


class Door:
    """A TCP port of its own for one client; each connection goes to one of the gateways, as by a load balancer."""

    def __init__(self, gateways: Sequence[int], dice: random.Random) -> None:
        self._gateways, self._dice = gateways, dice
        self._passages: set[_Passage] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.gateway = 0
        """Port of the gateway that the last connection went to."""

    async def open(self) -> str:
        """Listens; answers its address."""
        self._server = await asyncio.start_server(self._enter, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    async def close(self) -> None:
        """Lets nobody through any more."""
        if self._server:
            self._server.close()
        self.free()
        self.slam()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def slam(self) -> None:
        """Resets the connections."""
        for passage in tuple(self._passages):
            for writer in (passage.client, passage.gateway):
                sock = writer.get_extra_info("socket")
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

    def jam(self) -> None:
        """From now on nothing passes through the connections that there are, and nobody is told."""
        for passage in self._passages:
            passage.open.clear()

    def free(self) -> None:
        """What stuck passes on."""
        for passage in self._passages:
            passage.open.set()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        passage = None
        try:
            far_reader, far_writer = await self._reach()
            passage = _Passage(writer, far_writer, asyncio.Event())
            passage.open.set()
            self._passages.add(passage)
            async with asyncio.TaskGroup() as both:
                both.create_task(_carry(reader, far_writer, passage.open))
                both.create_task(_carry(far_reader, writer, passage.open))
        except* OSError:
            pass
        finally:
            if passage:
                self._passages.discard(passage)
                passage.gateway.transport.abort()
            writer.transport.abort()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A gateway that lets us in. Raises OSError when none does."""
        for port in self._dice.sample(list(self._gateways), len(self._gateways)):
            with suppress(OSError):
                reached = await asyncio.open_connection("127.0.0.1", port)
                self.gateway = port
                return reached
        raise ConnectionRefusedError("no gateway lets us in")


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: asyncio.Event) -> None:
    """Carries on until either side is gone, then ends the other, too."""
    while piece := await reader.read(65_536):
        await passage.wait()
        writer.write(piece)
        await writer.drain()
    raise ConnectionResetError("this side has ended")
