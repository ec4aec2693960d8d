"""What tests ask about child processes, and how they wait for something to become true."""

import asyncio
import fcntl
import os
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import psutil

from dragoman.runtime.children import dying_with_parent


async def until(condition: Callable[[], object], timeout_s: float = 60) -> None:
    """Returns as soon as `condition` holds; fails the test after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not become true"
        await asyncio.sleep(0.01)


def children(*programs: str) -> list[psutil.Process]:
    """Living children of this process that run one of the programs, oldest first."""
    alive = [child for child in psutil.Process().children() if _program(child.pid) in programs]
    return sorted(alive, key=lambda child: child.pid)


def running(word: str) -> list[psutil.Process]:
    """Living children of this process with `word` in their command line, oldest first."""
    found = [child for child in psutil.Process().children() if any(word in part for part in _command(child))]
    return sorted(found, key=lambda child: child.pid)


async def stop(process: psutil.Process) -> None:
    """Makes a process stand still, as if it hung; returns when it does."""
    process.suspend()
    await until(lambda: process.status() == psutil.STATUS_STOPPED)


def living(pids: Iterable[int]) -> list[int]:
    """Those of the pids that still run."""
    return [pid for pid in pids if _program(pid)]


@contextmanager
def python_with_children(code: str, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", list[int]]]:
    """A python process that runs `code` and prints a line `pids …`; the process and these pids. Killed at the end."""
    argv = dying_with_parent([sys.executable, "-c", code, *arguments])
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = next((line for line in process.stdout if line.startswith("pids ")), "")
            yield process, [int(pid) for pid in line.split()[1:]]
        finally:
            process.kill()


def waiting_bytes(pid: int) -> int:
    """Bytes in the pipe to a process's standard input that it has not read yet."""
    fd = os.open(f"/proc/{pid}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    try:
        return int(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))[0])
    finally:
        os.close(fd)


def _program(pid: int) -> str:
    """Name of what it runs; empty for one that is gone, goes between two looks, or only waits to be reaped."""
    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else process.name()
    except psutil.NoSuchProcess:
        return ""


def _command(child: psutil.Process) -> list[str]:
    """What it was started with; nothing of one that is gone by now."""
    try:
        return child.cmdline()
    except psutil.Error:
        return []
