"""The upgrade to a WebSocket, and the end of one."""

import asyncio

from aiohttp import hdrs, web

from gateway import metrics
from gateway.access.identity import Identity
from gateway.access.tickets import offered, redeem
from gateway.errors import RefusedError
from gateway.sockets.socket import Socket, SocketNeeds
from gateway.wire.peer import Peer
from schemas.close_codes import CloseCode
from schemas.socket import MAX_CLIENT_MESSAGE, SUBPROTOCOL

LINGER_S = 2.0
_CODES = frozenset({1000, 1005, *CloseCode})


class Upgraded(web.WebSocketResponse):
    """aiohttp's WebSocket whose close codes arrive.

    aiohttp closes the transport with bytes of the client unread; the kernel then resets the connection and the client
    sees 1006 in place of the code (10 MB in one frame). Here the rest is read and thrown away for a moment.
    """

    peer: Peer | None = None

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        """Sends the code and waits until the client has closed, or a moment."""
        transport = self._transport()
        if self.peer is None or transport is None or transport.is_closing():
            return False
        self.peer.close(code)
        for _ in range(20):
            if transport.is_closing():
                break
            await asyncio.sleep(LINGER_S / 20)
        return True

    def finish(self) -> None:
        """The socket was read to its end: answers the client's close frame, or frees what is left."""
        transport = self._transport()
        if self.peer is None or transport is None:
            return
        if self.peer.closing or self.close_code is None:
            self.peer.drop()
        else:
            self.peer.close(1000)
            self.peer.ended = self.close_code
            transport.close()

    def _transport(self) -> asyncio.Transport | None:
        return self._req.transport if self._req is not None else None


class Handshakes:
    """The door for sockets."""

    def __init__(self, needs: SocketNeeds, peers: set[Peer]) -> None:
        """`peers` are those of the gateway; each is among them as long as it is connected."""
        self._needs, self._peers = needs, peers

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`GET /ws`. Raises HTTPException for what is no handshake; RedisError when nobody can be asked about a ticket.

        Whoever is not wanted is told on the socket: of a handshake that is refused a page learns nothing.
        """
        limits = self._needs.limits
        address = limits.address_of(request)
        try:
            limits.check_socket(address, len(self._peers))
            return await self._upgrade(request, address, *await self._brought(request, address))
        except RefusedError as crowded:
            if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
                raise
            return await self._upgrade(request, address, None, crowded)
        except web.HTTPException:
            await limits.failed_handshake(address)
            raise

    async def _upgrade(
        self, request: web.Request, address: str, brought: Identity | None, refused: RefusedError | None
    ) -> web.StreamResponse:
        ws = Upgraded(
            protocols=(SUBPROTOCOL,),
            compress=False,
            max_msg_size=MAX_CLIENT_MESSAGE + 1,
            autoping=False,
            autoclose=False,
        )
        try:
            await ws.prepare(request)
        except ValueError:  # a key that is not even ASCII: aiohttp looks for other faults only
            raise web.HTTPBadRequest from None
        if request.transport is None:
            return ws
        ws.peer = Peer(request.transport, binary=ws.ws_protocol == SUBPROTOCOL, address=address)
        self._peers.add(ws.peer)
        metrics.OPENED.inc()
        try:
            if refused:
                code = CloseCode.TOO_MANY if refused.code == "rate-limited" else CloseCode.NOT_ALLOWED
                ws.peer.refuse(refused, code)
            await Socket(self._needs, ws, ws.peer, brought).run()
        finally:
            self._peers.discard(ws.peer)
            ws.finish()
            metrics.CLOSED.labels(_known(ws.peer.ended)).inc()
        return ws

    async def _brought(self, request: web.Request, address: str) -> tuple[Identity | None, RefusedError | None]:
        """Whose ticket the handshake carries, or why it is not taken."""
        ticket = offered(request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, ""))
        if ticket is None:
            return None, None
        try:
            return await redeem(self._needs.redis, ticket), None
        except RefusedError as error:
            await self._needs.limits.failed_handshake(address)
            return None, error


def _known(code: int) -> str:
    """A code of the protocol as it is; clients may close with any of thousands."""
    return str(code) if code in _CODES else "other"
