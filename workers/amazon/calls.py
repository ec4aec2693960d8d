"""boto3's calls, in threads of their own: as many as may be under way at once."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from workers.amazon.account import Account, close_client
from workers.amazon.pace import ServicePace
from workers.amazon.troubles import reason, trouble
from workers.errors import (
    EngineAway,
    EngineCrashed,
    EngineError,
    EngineGarbled,
    EngineThrottled,
    EngineTimeout,
    EngineUnavailable,
)

T = TypeVar("T")


class Calls:
    """Of one service of one process. A call waits for a free thread; from then on it has `timeout_s`."""

    def __init__(self, account: Account, service: str, threads: int, timeout_s: float) -> None:
        self._account, self._service, self._threads, self._timeout_s = account, service, threads, timeout_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"amazon-{service}")
        self._free = asyncio.Semaphore(threads)
        self._pace = ServicePace(time.monotonic)
        self._client: Any = None
        self._closed = False

    async def open(self, probe: Callable[[Any], T], *actions: str) -> T:
        """Makes the client, if there is none, and calls `probe` with it: the next call finds a connection.

        `actions`: what IAM calls the calls of `probe`. Raises EngineAway, which says what is wrong.
        """
        try:
            if self._client is None:
                self._client = await self._in_thread(
                    lambda: self._account.client(self._service, self._threads, self._timeout_s), actions[0]
                )
            return await self._in_thread(lambda: probe(self._client), " and ".join(actions))
        except EngineError as error:
            raise EngineAway(f"Amazon {self._service.capitalize()}: {reason(error)}") from error

    async def call(self, work: Callable[[Any], T], action: str) -> T:
        """What `work` makes of the client in a thread. Raises EngineError; `action`: what IAM calls it."""
        if self._client is None:
            raise EngineUnavailable(f"Amazon {self._service.capitalize()} is not started.")
        await asyncio.sleep(self._pace.turn_s())
        try:
            answer = await self._in_thread(lambda: work(self._client), action)
        except EngineThrottled as error:
            self._pace.throttled(error.retry_after_s)
            raise
        self._pace.answered()
        return answer

    async def close(self) -> None:
        """Calls that are under way end by themselves, soon."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None:
            close_client(client)
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], T], action: str) -> T:
        """A thread whose caller was cancelled is not free before its call is over."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        if self._closed:
            self._free.release()
            raise EngineCrashed("(closed)")
        future = self._pool.submit(work)
        future.add_done_callback(lambda done: _quietly(loop, self._free.release, done))
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.wrap_future(future)
        except (BotoCoreError, ClientError) as error:
            raise trouble(error, action) from error
        except (ResponseParserError, KeyError, TypeError, ValueError) as error:  # as of a proxy's page in its place
            raise EngineGarbled(f"({action})") from error
        except TimeoutError as error:
            raise EngineTimeout(f"({action})") from error


def _quietly(loop: asyncio.AbstractEventLoop, release: Callable[[], None], done: Future[Any]) -> None:
    """In the thread: the loop may be gone by then, and nobody may ask any more for what came of the call."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(release)
