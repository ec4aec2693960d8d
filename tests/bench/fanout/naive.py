"""What one writes first: an aiohttp server that sends to everybody with gather. On uvloop, as the gateway is.

Prints the port for WebSockets and the one for messages, which come as they do to epoll.c.
"""

import asyncio
import struct
import sys

import uvloop
from aiohttp import web

listeners: set[web.WebSocketResponse] = set()


async def socket(request: web.Request) -> web.WebSocketResponse:
    """`GET /ws`."""
    ws = web.WebSocketResponse(protocols=("dragoman.v1",))
    await ws.prepare(request)
    listeners.add(ws)
    try:
        async for _ in ws:
            pass
    finally:
        listeners.discard(ws)
    return ws


async def messages(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends what comes to all listeners."""
    try:
        while True:
            length, opcode = struct.unpack(">IB", await reader.readexactly(5))
            payload = await reader.readexactly(length)
            if opcode == 1:
                text = payload.decode()
                await asyncio.gather(*(ws.send_str(text) for ws in listeners))
            else:
                await asyncio.gather(*(ws.send_bytes(payload) for ws in listeners))
    except asyncio.IncompleteReadError:
        writer.close()


async def serve() -> None:
    """Serves until it is ended."""
    app = web.Application()
    app.add_routes([web.get("/ws", socket)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door = await asyncio.start_server(messages, "127.0.0.1", 0)
    sys.stdout.write(f"{runner.addresses[0][1]} {door.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
