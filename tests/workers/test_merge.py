"""Several sources, one reader."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from workers.merge import Merge


async def counting(name: str, upto: int) -> AsyncIterator[str]:
    for number in range(upto):
        yield f"{name}{number}"


async def test_every_item_arrives_and_each_source_keeps_its_order() -> None:
    merge: Merge[str] = Merge()
    merge.add(counting("a", 5))
    merge.add(counting("b", 5))
    items = [await merge.next() for _ in range(10)]
    assert [item for item in items if item[0] == "a"] == [f"a{n}" for n in range(5)]
    assert [item for item in items if item[0] == "b"] == [f"b{n}" for n in range(5)]
    await merge.close()


async def test_a_silent_source_holds_up_no_other() -> None:
    async def silent() -> AsyncIterator[str]:
        await asyncio.Event().wait()
        yield "never"

    merge: Merge[str] = Merge()
    merge.add(silent())
    merge.add(counting("a", 3))
    assert [await merge.next() for _ in range(3)] == ["a0", "a1", "a2"]
    await merge.close()


async def test_an_error_of_a_source_is_raised_in_its_place() -> None:
    async def failing() -> AsyncIterator[str]:
        yield "before"
        raise RuntimeError("the source broke")

    merge: Merge[str] = Merge()
    merge.add(failing())
    assert await merge.next() == "before"
    with pytest.raises(RuntimeError, match="the source broke"):
        await merge.next()
    await merge.close()


async def test_closing_closes_sources_that_wait_and_sources_that_nobody_read() -> None:
    closed: list[str] = []

    async def endless(name: str) -> AsyncIterator[str]:
        try:
            while True:
                yield name
        finally:
            closed.append(name)

    async def waiting() -> AsyncIterator[str]:
        try:
            await asyncio.Event().wait()
            yield ""
        finally:
            closed.append("waiting")

    merge: Merge[str] = Merge()
    merge.add(endless("a"))
    merge.add(endless("b"))
    merge.add(waiting())
    await merge.next()
    await merge.close()
    assert sorted(closed) == ["a", "b", "waiting"]


async def test_cancelling_the_task_of_a_source_closes_that_one_alone() -> None:
    closed: list[str] = []
    gate = asyncio.Event()

    async def gated(name: str) -> AsyncIterator[str]:
        try:
            await gate.wait()
            yield name
        finally:
            closed.append(name)

    merge: Merge[str] = Merge()
    dropped = merge.add(gated("dropped"))
    merge.add(gated("kept"))
    await asyncio.sleep(0)
    dropped.cancel()
    await asyncio.gather(dropped, return_exceptions=True)
    assert closed == ["dropped"]
    gate.set()
    assert await merge.next() == "kept"
    await merge.close()


async def test_a_plain_iterator_without_aclose_is_a_source_too() -> None:
    class Once:
        def __init__(self) -> None:
            self.left = ["only"]

        def __aiter__(self) -> "Once":
            return self

        async def __anext__(self) -> str:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    merge: Merge[str] = Merge()
    await_end = merge.add(Once())
    assert await merge.next() == "only"
    await await_end
    await merge.close()
