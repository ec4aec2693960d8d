"""A listener who joins and reads nothing."""

import asyncio
import json
import select
import struct
from types import TracebackType
from typing import Self

from tests.bench.fanout.contestants import Contestant
from tests.bench.fanout.load import join
from tests.bench.fanout.messages import Kind

PATIENCE_S = 20.0


class Stalled:
    """Beside the other listeners of the gateway."""

    def __init__(self, gateway: Contestant, kind: Kind) -> None:
        action = {"action": "joinSession", "sessionId": gateway.code} | kind.join
        self._socket = join(gateway.port, "dragoman.v1" if kind.binary else "", json.dumps(action).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._socket.close()

    async def end(self) -> str:
        """What became of it: read only once the gateway has closed it, or not closed it for long."""
        poll = select.poll()
        poll.register(self._socket, select.POLLRDHUP)
        for _ in range(round(PATIENCE_S / 0.1)):
            if poll.poll(0):
                break
            await asyncio.sleep(0.1)
        got = b""
        try:
            while piece := self._socket.recv(1 << 20):
                got += piece
        except BlockingIOError:
            return "WAS KEPT"
        except ConnectionResetError:
            return f"was reset with {len(got) / 1000:.0f} KB unread"
        return f"was closed with {struct.unpack('!H', got[-2:])[0]}"
