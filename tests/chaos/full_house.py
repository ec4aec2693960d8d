"""As many listeners as a session may have, who want nothing but to be there, and to be let in again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from dragoman.client.errors import RequestRefused
from dragoman.client.listener import Listener
from schemas.socket import JoinSession
from tests.chaos.door import Address
from tests.processes import until

_RETURN_S = 60.0


class House:
    """The listeners of one session, at gateways of which one is about to end."""

    def __init__(self) -> None:
        self._there: list[tuple[Listener, asyncio.Task[None]]] = []

    def __len__(self) -> int:
        return len(self._there)

    @asynccontextmanager
    async def full(self, gateways: Sequence[Address], code: str) -> AsyncIterator["House"]:
        """Lets in one after the other until no more may come in; they leave at the end."""
        urls = [f"http://{host}:{port}" for host, port in gateways]
        async with AsyncExitStack() as stack:
            while True:
                joining = JoinSession(session_id=code, target_language="es", audio=False)
                listener = Listener(urls, joining, patience_s=_RETURN_S)
                try:
                    await stack.enter_async_context(listener)
                except RequestRefused as refused:
                    if refused.code == "session-full":
                        break
                    raise
                task = asyncio.create_task(_listen(listener))
                stack.callback(task.cancel)
                self._there.append((listener, task))
            yield self

    async def returned(self) -> list[str]:
        """Waits until everybody has come back, or was refused; why, of each that was."""
        await until(lambda: all(listener.reconnects or task.done() for listener, task in self._there), _RETURN_S)
        return [str(task.exception()) for _, task in self._there if task.done() and task.exception()]


async def _listen(listener: Listener) -> None:
    async for _ in listener.messages():
        pass
