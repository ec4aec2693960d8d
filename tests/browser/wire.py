"""A wire between a page and a gateway that a test can cut, or leave dead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL


class Wire:
    """Passes bytes to `target` and back."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.whole, self.quick = True, asyncio.Event()
        self.quick.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.url = ""

    def cut(self) -> None:
        """All that is connected is lost, and nothing gets through until `mend`."""
        self.whole = False
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        """New connections get through, and bytes that were held up."""
        self.whole = True
        self.quick.set()

    def die(self) -> None:
        """Nothing is lost and nothing moves, as in a tunnel, until `mend`."""
        self.quick.clear()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Someone called."""
        self._ends.add(writer)
        try:
            if not self.whole:
                return
            there = URL(self.target)
            back, forth = await asyncio.open_connection(there.host, there.port)
            self._ends.add(forth)
            await asyncio.gather(self._pass(reader, forth), self._pass(back, writer))
        except OSError:
            return
        finally:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self.quick.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def wire(target: str) -> AsyncIterator[Wire]:
    """A wire to a gateway's URL, with a URL of its own."""
    laid = Wire(target)
    server = await asyncio.start_server(laid.connected, "127.0.0.1", 0)
    laid.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield laid
    finally:
        server.close()
        laid.mend()
        laid.cut()
