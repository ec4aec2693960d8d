"""The end of tasks."""

import asyncio
import inspect

from gateway.tasks import ended
from tests.gateway.client import StartGateway


async def test_a_task_that_swallows_its_cancellation_is_cancelled_again() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    async def failing() -> None:
        raise RuntimeError

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(failing())]
    await asyncio.sleep(0)
    await asyncio.wait_for(ended(tasks), 60)
    assert all(task.done() for task in tasks)
    await ended([])


async def test_work_that_was_given_away_in_the_moment_of_the_stop_is_closed(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()

    async def work() -> None:
        raise AssertionError("it never begins")

    never_begun = work()
    assert gateway.parts
    gateway.parts.tasks.spawn(never_begun)
    for task in gateway.parts.tasks._running:
        task.cancel()
    await gateway.stop()
    assert inspect.getcoroutinestate(never_begun) == inspect.CORO_CLOSED
