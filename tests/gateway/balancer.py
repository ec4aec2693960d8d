"""A plain load balancer: connections go to the gateways in turn, whoever they come from, never to one that is down."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Self


class Balancer:
    """Knows bytes only. `async with` serves."""

    def __init__(self, *ports: int) -> None:
        self.ports = list(ports)
        self.url = ""
        self.taken: Counter[int] = Counter()
        """Connections that each gateway got."""
        self._turn = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self.ports:
            port = self.ports[self._turn % len(self.ports)]
            self._turn += 1
            with suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", port)
                self.taken[port] += 1
                await asyncio.gather(_pass(reader, there[1]), _pass(there[0], writer))
                return
        writer.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()
