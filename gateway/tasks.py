"""The end of background tasks."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.2


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
