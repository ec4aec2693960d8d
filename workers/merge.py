"""Several async iterators as one, in the order of arrival."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Merge(Generic[T]):
    """Each source is read by a task of its own, one item ahead; `next` raises what a source raised."""

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[tuple[T | None, Exception | None]] = asyncio.Queue(maxsize=1)
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, source: AsyncIterator[T]) -> "asyncio.Task[None]":
        """Reads `source` to its end; cancelling the task closes it."""
        task = asyncio.create_task(self._read(source))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def next(self) -> T:
        """The next item of any source. Raises the error of a source in its place."""
        item, error = await self._arrived.get()
        if error is not None:
            raise error
        return item  # type: ignore[return-value]  # an item comes without an error

    async def close(self) -> None:
        """Ends the reading and closes the sources."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, source: AsyncIterator[T]) -> None:
        try:
            async for item in source:
                await self._arrived.put((item, None))
        except Exception as error:  # noqa: BLE001  # handed to the reader of the merge, whatever it is
            await self._arrived.put((None, error))
        finally:
            with contextlib.suppress(AttributeError):  # plain iterators have nothing to close
                await source.aclose()  # type: ignore[attr-defined]
