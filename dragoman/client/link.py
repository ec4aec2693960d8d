"""Opens a socket in one role, and opens it again as the table of close codes says."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from dragoman.client.connection import Connection
from dragoman.client.credential import Credential, shown
from dragoman.client.errors import CredentialUnreadable, GatewayUnreachable, RequestRefused, SocketClosed
from dragoman.client.reconnect import wait_before_return
from schemas.socket import Action

PATIENCE_S: Final = 900.0
"""How long a lost gateway is looked for: longer than a session waits for its speaker, which may not run meanwhile; a
gateway that is found says so if the session has ended."""
ANSWER_S: Final = 15.0
"""A gateway that answers nothing for so long is given up: it may have been stopped."""

OnChange = Callable[[bool], None]
"""Learns that the socket is lost and looked for (False), and that it is found again (True)."""


def quiet(found: bool) -> None:
    """Nobody wants to know."""


Gateways = str | Sequence[str]
"""Addresses of gateways, of which any will do: one, several with commas between, or a list of them."""


class Link:
    """Where the gateways are and how to talk to one."""

    def __init__(
        self,
        url: Gateways,
        *,
        credential: Credential = "",
        binary: bool = True,
        patience_s: float = PATIENCE_S,
        on_change: OnChange = quiet,
    ) -> None:
        addresses = url.split(",") if isinstance(url, str) else url
        self._urls = deque(address.strip() for address in addresses)
        self._credential = credential
        self._binary, self._patience_s, self._on_change = binary, patience_s, on_change
        self.reconnects = 0
        """How often the socket was lost and found again."""

    async def open(self, opening: Action) -> tuple[Connection, Any]:
        """A socket that has its role, and the answer to `opening`, at the first gateway that there is.

        Raises GatewayUnreachable, RequestRefused, SocketClosed.
        """
        for _ in range(len(self._urls) - 1):
            try:
                return await self._open(opening)
            except (GatewayUnreachable, SocketClosed):
                self._urls.rotate(-1)
        return await self._open(opening)

    async def _open(self, opening: Action) -> tuple[Connection, Any]:
        connection = await Connection.open(self._urls[0], binary=self._binary)
        try:
            async with asyncio.timeout(ANSWER_S):
                return connection, await connection.first(shown(opening, self._credential))
        except TimeoutError:
            await connection.close()
            raise GatewayUnreachable(self._urls[0], "no answer") from None
        except BaseException:
            await connection.close()
            raise

    async def reopen(self, opening: Callable[[], Action], code: int) -> tuple[Connection, Any]:
        """Comes back after a close with `code`; `opening` is asked anew for each attempt.

        Raises SocketClosed when the code says not to come back, RequestRefused when the gateway will not have us, and
        the last error when nothing helped for `patience_s`. A credential that expired is asked for anew.
        """
        renewed = callable(self._credential)
        give_up, attempt = asyncio.get_running_loop().time() + self._patience_s, 0
        error: Exception = SocketClosed(code)
        told, told_ms = False, 0
        while True:
            wait_s = wait_before_return(code, attempt, renewed=renewed)
            if wait_s is not None:
                wait_s, told_ms = max(wait_s, told_ms / 1000), 0
            if wait_s is None or asyncio.get_running_loop().time() + wait_s > give_up:
                raise error
            if not told:
                self._on_change(False)
                told = True
            await asyncio.sleep(wait_s)
            attempt += 1
            self._urls.rotate(-1)  # not first the one that sent us away, or does not work
            try:
                link = await self.open(opening())
            except (GatewayUnreachable, CredentialUnreadable) as missing:
                error = missing
            except SocketClosed as closed:
                error, code = closed, closed.code
            except RequestRefused as refused:
                if not refused.retryable and not (renewed and refused.code == "unauthorized"):
                    raise
                error, told_ms = refused, refused.retry_after_ms or 0
            else:
                self.reconnects += 1
                self._on_change(True)
                return link
