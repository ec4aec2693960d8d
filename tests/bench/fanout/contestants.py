"""The servers that are compared, and the listeners of each: programs of their own."""

import asyncio
import json
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from tests.bench.fanout.messages import Kind, frame, publication, unframed
from tests.bench.surroundings import Program
from tests.gateway.publisher import Publisher

HERE = Path(__file__).parent
PATIENCE_S = 60.0


class Contestant(Protocol):
    """A server that hands messages to its listeners."""

    name: str
    pid: int
    port: int
    code: str
    """The session that listeners join; empty: they only connect."""

    async def publish(self, kind: Kind, segment: int) -> int:
        """Hands in one message; the bytes of its frame."""


class Gateway:
    """Dragoman's: it hears of a message from Redis."""

    name = "gateway"

    def __init__(self, program: Program, code: str, publishers: dict[str, Publisher]) -> None:
        self.pid, self.code = program.pid, code
        self.port = int(program.url.rpartition(":")[2])
        self._publishers = publishers

    async def publish(self, kind: Kind, segment: int) -> int:
        """As broadcast does."""
        payload = publication(kind, segment)
        await self._publishers[kind.product].final(segment, payload)
        return len(frame(kind, payload, segment))


class Other:
    """One that gets each message over a connection."""

    code = ""

    def __init__(self, name: str, pid: int, port: int, writer: asyncio.StreamWriter) -> None:
        self.name, self.pid, self.port, self._writer = name, pid, port, writer

    async def publish(self, kind: Kind, segment: int) -> int:
        """The same bytes as the gateway's listeners get."""
        data = frame(kind, publication(kind, segment), segment)
        opcode, payload = unframed(data)
        self._writer.write(struct.pack(">IB", len(payload), opcode) + payload)
        return len(data)


def compiled(folder: Path) -> Path | None:
    """epoll.c as a program; None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program = folder / "epoll"
    subprocess.run([compiler, "-O2", "-o", program, HERE / "epoll.c"], check=True)
    return program


@asynccontextmanager
async def running(name: str, *command: str) -> AsyncIterator[Other]:
    """epoll.c or naive.py, which print their two ports."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        port, door = (int(word) for word in (await process.stdout.readline()).split())
        _, writer = await asyncio.open_connection("127.0.0.1", door)
        yield Other(name, process.pid, port, writer)
        writer.close()
    finally:
        process.kill()
        await process.wait()


class Load:
    """Listeners who only read."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._in, self._out = process.stdin, process.stdout

    async def got(self) -> int:
        """Bytes that all of them have got so far."""
        self._in.write(b"?\n")
        return int(await self._out.readline())

    async def get(self, total: int) -> None:
        """Waits until they have got so much."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.got() < total:  # noqa: ASYNC110  # the question is asked anew
                await asyncio.sleep(0.05)


@asynccontextmanager
async def listening(to: Contestant, kind: Kind, count: int) -> AsyncIterator[Load]:
    """`count` listeners of a server."""
    join = {"action": "joinSession", "sessionId": to.code} | kind.join
    arguments = (str(to.port), str(count), "dragoman.v1" if kind.binary else "", json.dumps(join) if to.code else "")
    process = await asyncio.create_subprocess_exec(
        sys.executable, HERE / "load.py", *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        assert await process.stdout.readline() == b"ready\n", "the listeners did not get in"
        yield Load(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def cpu_s(pid: int) -> float:
    """User and system time of a process so far: its CPU clock (clock_getcpuclockid(3)), exact to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)
