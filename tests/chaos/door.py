"""A door to the gateways, as a load balancer is one: lets a client in at a living gateway, and can break its line."""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress

from dragoman.local.ports import free_ports

Address = tuple[str, int]
_NO_LINGER = struct.pack("ii", 1, 0)
_PIECE = 65_536


class _Line:
    """One client's connection, through to a gateway."""

    def __init__(self, client: asyncio.StreamWriter, gateway: asyncio.StreamWriter) -> None:
        self.client, self.gateway = client, gateway
        self.open = asyncio.Event()
        self.open.set()
        self.left: int | None = None
        """So many more bytes for the client, and it is closed; None: as many as come."""

    def reset(self) -> None:
        """Both ends see RST."""
        for writer in (self.client, self.gateway):
            sock: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            writer.transport.abort()


class Door:
    """One client's own door, so that a fault can be meant for this client alone."""

    def __init__(self, gateways: Callable[[], Sequence[Address]]) -> None:
        """`gateways` says which may be tried now, in order."""
        self._gateways = gateways
        self._lines: set[_Line] = set()
        self._server: asyncio.Server | None = None
        self._shut = False
        self.url = ""

    async def __aenter__(self) -> "Door":
        (port,) = free_ports(1)
        self._server = await asyncio.start_server(self._let_in, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()

    def reset(self) -> None:
        """Cuts what is open, so that both sides notice."""
        for line in list(self._lines):
            line.reset()

    @property
    def taken(self) -> bool:
        """Somebody is in."""
        return bool(self._lines)

    def cut_behind(self, octets: int) -> None:
        """Closes what is open, as a proxy does, when so many bytes more have passed to the client."""
        for line in self._lines:
            line.left = octets

    @property
    def being_cut(self) -> bool:
        """Some of these bytes have yet to come."""
        return any(line.left for line in self._lines)

    def shut(self) -> None:
        """Cuts what is open, and lets nobody in: the client's network is gone."""
        self._shut = True
        self.reset()

    def unlock(self) -> None:
        """Lets in again."""
        self._shut = False

    def silence(self) -> None:
        """Nothing passes any more on what is open, and nobody is told."""
        for line in self._lines:
            line.open.clear()

    def let_pass(self) -> None:
        """What was held goes on."""
        for line in self._lines:
            line.open.set()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for host, port in [] if self._shut else self._gateways():
            try:
                behind, gateway = await asyncio.open_connection(host, port)
            except OSError:
                continue
            line = _Line(writer, gateway)
            self._lines.add(line)
            try:
                await self._carry(line, reader, behind)
            finally:
                self._lines.discard(line)
            return
        writer.close()

    async def _carry(self, line: _Line, client: asyncio.StreamReader, gateway: asyncio.StreamReader) -> None:
        """Until one side has closed."""
        pumps = {
            asyncio.create_task(_up(client, line)),
            asyncio.create_task(_down(gateway, line)),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for writer in (line.client, line.gateway):
                writer.close()


async def _up(client: asyncio.StreamReader, line: _Line) -> None:
    with suppress(OSError):
        while piece := await client.read(_PIECE):
            await line.open.wait()
            line.gateway.write(piece)
            await line.gateway.drain()


async def _down(gateway: asyncio.StreamReader, line: _Line) -> None:
    with suppress(OSError):
        while piece := await gateway.read(_PIECE):
            await line.open.wait()
            passed = piece[: line.left]
            line.client.write(passed)
            await line.client.drain()
            if line.left is not None:
                line.left -= len(passed)
                if not line.left:
                    return
