import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from dragoman.local.child import Child, ChildProgram, pause_after
from dragoman.runtime.errors import DragomanError
from tests.processes import living, until

STAYS = "import time; print('here', flush=True); time.sleep(60)"


class Children:
    """Makes children of Python programs and kills what is left of them."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.said: list[str] = []
        self.made: list[Child] = []

    def child(self, source: str) -> Child:
        program = ChildProgram("worker-0", [sys.executable, "-c", source], os.environ, patience_s=5)
        self.made.append(Child(program, self.logs, self.said.append))
        return self.made[-1]

    def close(self) -> None:
        for child in self.made:
            child.kill()
            child.close()


async def awaited(event: asyncio.Event) -> None:
    await event.wait()


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path)
    yield made
    made.close()


async def test_a_child_that_is_killed_is_started_again(children: Children) -> None:
    child = children.child(STAYS)
    child.start()
    keeping = asyncio.create_task(child.keep_running())
    first = child.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.pid not in (None, first))
    assert children.said == ["worker-0 was ended by SIGKILL; starting it again in 0.5 s"]
    keeping.cancel()


async def test_one_that_was_ready_is_started_again_with_hardly_a_pause(children: Children) -> None:
    child = children.child(STAYS)
    child.start()
    child.steady = True
    keeping = asyncio.create_task(child.keep_running())
    child.kill()
    await until(lambda: children.said)
    assert children.said == ["worker-0 was ended by SIGKILL; starting it again in 0.1 s"]
    keeping.cancel()


async def test_one_that_needs_what_is_not_there_waits_for_it(children: Children) -> None:
    child, there = children.child(STAYS), asyncio.Event()
    child.may_start = lambda: awaited(there)
    child.start()
    child.steady = True
    keeping = asyncio.create_task(child.keep_running())
    child.kill()
    await until(lambda: children.said)
    await asyncio.sleep(0.3)  # its pause is 0.1 s
    assert not child.alive
    there.set()
    await until(lambda: child.alive)
    keeping.cancel()


def test_one_that_was_ready_and_is_killed_again_and_again_is_hardly_missed() -> None:
    pauses = [pause_after(failures, -signal.SIGKILL, steady=True) for failures in range(1, 12)]
    assert pauses == [0.1, 0.2, *[0.25] * 8, 30.0]


def test_one_that_ends_by_itself_again_and_again_is_started_ever_more_seldom() -> None:
    assert [pause_after(failures, -signal.SIGSEGV, steady=True) for failures in (1, 5, 9)] == [0.1, 1.6, 25.6]
    assert [pause_after(failures, -signal.SIGKILL, steady=False) for failures in (1, 4, 9)] == [0.5, 4.0, 30.0]


def test_one_that_finds_a_server_away_looks_again_each_second() -> None:
    assert [pause_after(failures, 2, steady=True) for failures in (1, 4, 9, 99)] == [0.1, 0.8, 1.0, 1.0]
    assert pause_after(9, 2, steady=False) == 30.0


def test_one_that_fails_for_an_hour_is_still_started_again() -> None:
    assert [pause_after(5000, status, steady=True) for status in (2, 1)] == [1.0, 30.0]


async def test_that_a_server_is_away_is_said_once(children: Children, tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    child = children.child(f"open({str(starts)!r}, 'a').write('x'); import sys; sys.exit(2)")
    child.steady = True
    keeping = asyncio.create_task(child.keep_running())
    await until(lambda: starts.exists() and len(starts.read_text()) >= 3)
    assert children.said == ["worker-0 ended with status 2; starting it again in 0.1 s"]
    keeping.cancel()


async def test_every_start_is_told(children: Children) -> None:
    child, pids = children.child(STAYS), []
    child.on_start = lambda: pids.append(child.pid)
    child.start()
    keeping = asyncio.create_task(child.keep_running())
    child.kill()
    await until(lambda: len(pids) == 2)
    assert pids[1] == child.pid
    keeping.cancel()


async def test_what_only_a_person_can_mend_is_not_tried_again(children: Children) -> None:
    child = children.child(
        "import sys; print('noise'); print('dragoman worker x: apertium is missing: apt'); sys.exit(2)"
    )
    with pytest.raises(DragomanError, match=r"^worker-0: apertium is missing: apt$"):
        await child.keep_running()
    assert children.said == []


async def test_a_child_that_was_ready_once_is_always_started_again(children: Children, tmp_path: Path) -> None:
    child = children.child(f"open({str(tmp_path / 'starts')!r}, 'a').write('x'); import sys; sys.exit(2)")
    child.steady = True
    keeping = asyncio.create_task(child.keep_running())
    await until(lambda: (tmp_path / "starts").exists() and len((tmp_path / "starts").read_text()) >= 2)
    keeping.cancel()


async def test_a_child_that_never_gets_ready_is_given_up(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.local.child._FIRST_PAUSE_S", 0.001)
    with pytest.raises(DragomanError, match="ended with status 1: ZeroDivisionError"):
        await children.child("1 / 0").keep_running()
    assert len(children.said) == 4


async def test_a_terminal_signal_does_not_reach_the_child(children: Children) -> None:
    child = children.child(STAYS)
    child.start()
    assert child.pid
    assert os.getsid(child.pid) == child.pid


SUPERVISOR = """
import os, sys, time
from pathlib import Path
from dragoman.local.child import Child, ChildProgram, pause_after
child = Child(ChildProgram("sleeper", ["sleep", "60"], os.environ, 1.0), Path(sys.argv[1]), print)
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


@contextmanager
def supervised_sleeper(logs: Path) -> Iterator[int]:
    """The pid of `sleep`, whose supervisor is killed at the end."""
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(logs)], stdout=subprocess.PIPE) as supervisor:
        try:
            assert supervisor.stdout is not None
            yield int(supervisor.stdout.readline())
        finally:
            supervisor.kill()


async def test_a_child_dies_with_its_supervisor_even_when_that_is_killed(tmp_path: Path) -> None:
    with supervised_sleeper(tmp_path) as pid:
        await until(lambda: psutil.Process(pid).name() == "sleep")  # setpriv has become the program
    await until(lambda: not living([pid]))
