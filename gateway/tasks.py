"""Background tasks: what runs beside the sockets, and how it ends."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

AGAIN_S = 0.2


class Tasks:
    """What runs beside the sockets, to its own end or to that of the gateway."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs something; its errors are logged."""
        task = asyncio.create_task(_guarded(work))
        task.add_done_callback(lambda _: work.close())  # a task that is cancelled at once never begins its work
        self.keep(task)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Takes a task that ends with the gateway at the latest."""
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Ends all of them."""
        await ended(self._running)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except (RedisError, OSError) as error:
        log.warning("gateway.unreachable", error=type(error).__name__)
    except Exception:  # a fault in one session must not end the others
        log.exception("gateway.fault")


async def ended(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancels tasks and waits for them; what they raise is no longer of interest.

    A cancellation that meets a call's own timeout is swallowed by the call (redis-py then raises TimeoutError): so it
    is repeated until the task has ended.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=AGAIN_S)
        for task in done:
            if not task.cancelled():
                task.exception()
