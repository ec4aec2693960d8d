import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from dragoman.local.child import ChildProgram
from dragoman.local.supervisor import Supervisor, until_ready
from tests.processes import until

NOTES_ITS_END = """
import signal, sys, time
def end(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("here", flush=True)
time.sleep(60)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(60)"


@asynccontextmanager
async def supervising(tmp_path: Path, **programs: ChildProgram) -> AsyncIterator[tuple[Supervisor, list[str]]]:
    """A supervisor whose programs have all said that they are there; it is stopped by the test, or else here."""
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "logs", said.append, lambda: None)

    async def keep() -> None:
        async with asyncio.TaskGroup() as tasks:
            for program in programs.values():
                supervisor.start(program, tasks)

    keeping = asyncio.create_task(keep())
    try:
        await until(lambda: len(supervisor.children) == len(programs))
        for child in supervisor.children.values():
            await until(lambda log=child.log: log.exists() and "here" in log.read_text())  # type: ignore[misc]
        keeping.cancel()
        yield supervisor, said
    finally:
        keeping.cancel()
        await supervisor.stop([])


def program(name: str, source: str, *arguments: str, patience_s: float = 10) -> ChildProgram:
    return ChildProgram(name, [sys.executable, "-c", source, *arguments], os.environ, patience_s)


async def test_children_are_stopped_group_by_group(tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    names = ("redis", "worker", "gateway")
    programs = {name: program(name, NOTES_ITS_END, str(ends), name) for name in names}
    async with supervising(tmp_path, **programs) as (supervisor, said):
        await supervisor.stop([["gateway"], ["worker"], ["redis"], ["kafka"]])
    assert ends.read_text().split() == ["gateway", "worker", "redis"]
    assert said == []


async def test_a_child_that_does_not_end_in_time_is_killed_and_named(tmp_path: Path) -> None:
    async with supervising(tmp_path, deaf=program("deaf", DEAF, patience_s=0.1)) as (supervisor, said):
        await supervisor.stop([["deaf"]])
        assert supervisor.children["deaf"].pid is None
    assert said == ["deaf does not end: killed"]


async def test_in_a_hurry_nothing_is_waited_for(tmp_path: Path) -> None:
    async with supervising(tmp_path, deaf=program("deaf", DEAF, patience_s=600)) as (supervisor, _):
        stopping = asyncio.create_task(supervisor.stop([["deaf"]]))
        supervisor.hurry()
        await asyncio.wait_for(stopping, 60)
        assert supervisor.children["deaf"].pid is None


async def test_what_is_in_no_group_is_stopped_too(tmp_path: Path) -> None:
    async with supervising(tmp_path, deaf=program("deaf", DEAF)) as (supervisor, _):
        await supervisor.stop([])
        assert supervisor.children["deaf"].pid is None


async def test_a_program_is_ready_when_its_operator_port_says_so(tmp_path: Path) -> None:
    answers = [(503, "no partitions"), (503, "no partitions"), (200, "ready")]
    asked = 0

    async def readyz(_: web.Request) -> web.Response:
        nonlocal asked
        status, text = answers[min(asked, 2)]
        asked += 1
        return web.Response(status=status, text=text)

    app = web.Application()
    app.add_routes([web.get("/readyz", readyz)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with supervising(tmp_path, deaf=program("deaf", DEAF)) as (supervisor, said):
            child = supervisor.children["deaf"]
            assert not child.steady
            await asyncio.wait_for(until_ready(child, "127.0.0.1", runner.addresses[0][1], said.append), 60)
            assert child.steady
            assert asked == 3
    finally:
        await runner.cleanup()
