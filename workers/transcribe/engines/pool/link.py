"""The parent's end of one recogniser process."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from dragoman.runtime.children import limited
from workers.endings import ending
from workers.errors import EngineCrashed, EngineEnded, EngineError, EngineTimeout, EngineUnavailable
from workers.transcribe.engines.pool.pipe import (
    HEADER,
    Begun,
    Broken,
    Close,
    Failed,
    Feed,
    Finish,
    Heard,
    Open,
    Ready,
    ToChild,
    ToParent,
    packed,
    to_parent,
)

log = structlog.get_logger()

_SPIN_FREE: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Each library would start threads of its own that wait busily for each other: half as much again for the same work."""
START_S: Final = 60.0
"""Seconds that a process may take to start; 1 on an idle machine."""


class Owner(Protocol):
    """Who a session of the process belongs to."""

    def heard(self, heard: Heard) -> None:
        """Takes an answer."""

    def failed(self, error: EngineError) -> None:
        """Learns that there will be no more."""

    def suspected(self) -> None:
        """Learns that the process ended by itself while it worked on this session."""


class PoolProcess:
    """A running process and the sessions in it."""

    def __init__(self, process: asyncio.subprocess.Process, clock: Callable[[], float] = time.monotonic) -> None:
        self._process, self._clock = process, clock
        assert process.stdin
        assert process.stdout
        self._input, self._output = process.stdin, process.stdout
        self._owners: dict[int, Owner] = {}
        self._numbers = 0
        self._owed: dict[int, int] = {}
        """Answers that the process owes, by session; none for one that is released or failed."""
        self._at: int | None = None
        """The session that the process works on now."""
        self._answered_at = self._used_at = clock()
        self._reading: asyncio.Task[None] | None = None
        self._error: EngineError | None = None

    @classmethod
    async def start(cls, program: Sequence[str], memory_mb: int, threads: int = 1) -> "PoolProcess":
        """Starts a process and waits until it has proven that it works. `program`: a module and its arguments.

        Raises EngineUnavailable, EngineCrashed.
        """
        argv = limited([sys.executable, "-m", *program], memory_mb)
        environment = {**os.environ, **_SPIN_FREE, "OMP_THREAD_LIMIT": str(threads)}
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment
            )
        except OSError as error:
            raise EngineUnavailable(f"({argv[0]}: {error.strerror})") from error
        link = cls(process)
        try:
            await link._prove()
        except BaseException:
            await link.close()
            raise
        link._reading = asyncio.create_task(link.listen())
        log.info("recogniser.started", pid=process.pid)
        return link

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """It takes sessions."""
        return self._error is None

    @property
    def sessions(self) -> int:
        """How many it holds."""
        return len(self._owners)

    @property
    def idle_s(self) -> float:
        """Seconds since it lost its last session; 0 while it has one."""
        return 0 if self._owners else self._clock() - self._used_at

    @property
    def silent_s(self) -> float:
        """Seconds that it has owed an answer."""
        return self._clock() - self._answered_at if any(self._owed.values()) else 0

    async def listen(self) -> None:
        """Passes the answers on to the sessions until the process ends."""
        try:
            while True:
                self._take(await self._next())
        except (asyncio.IncompleteReadError, OSError):
            self._ended(await self._process.wait())

    def open(self, owner: Owner, language: str, light: bool = False) -> int:
        """Gives a session to the process; returns its number there."""
        self._numbers += 1
        self._owners[self._numbers], self._owed[self._numbers] = owner, 0
        self._write(Open(self._numbers, language, light))
        return self._numbers

    async def send(self, message: Feed | Finish) -> None:
        """Passes work on; waits only while the pipe is full. Raises EngineCrashed, EngineTimeout."""
        if self._error:
            raise self._error
        if not any(self._owed.values()):
            self._answered_at = self._clock()
        if message.session in self._owed:
            self._owed[message.session] += 1
        self._write(message)
        try:
            await self._input.drain()
        except OSError as error:
            raise self._error or EngineCrashed(f"(process {self.pid})") from error

    def release(self, session: int) -> None:
        """Takes a session away."""
        if self._forget(session) and self.alive:
            self._write(Close(session))

    def kill(self, error: EngineError) -> None:
        """Ends the process; its sessions fail with `error`."""
        self._fail(error)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """Ends the process and waits until it is gone."""
        self.kill(EngineCrashed("(closed)"))
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._input.close()
        with contextlib.suppress(OSError):
            await self._input.wait_closed()
        await self._process.wait()

    async def _prove(self) -> None:
        try:
            async with asyncio.timeout(START_S):
                first = await self._next()
        except TimeoutError as error:
            raise EngineUnavailable(f"(no answer in {START_S:.0f} s)") from error
        except (asyncio.IncompleteReadError, OSError) as error:
            raise EngineCrashed("(while it started)") from error
        if not isinstance(first, Ready):
            raise EngineUnavailable(first.reason if isinstance(first, Broken) else "")

    async def _next(self) -> ToParent:
        (length,) = HEADER.unpack(await self._output.readexactly(HEADER.size))
        message: ToParent = to_parent.decode(await self._output.readexactly(length))
        return message

    def _take(self, message: ToParent) -> None:
        self._answered_at = self._clock()
        self._at = message.session if isinstance(message, Begun) else None
        match message:
            case Heard(session) if session in self._owners:
                self._owed[session] -= message.asked
                self._owners[session].heard(message)
            case Failed(session, reason):
                owner = self._forget(session)
                if owner:
                    owner.failed(EngineCrashed(f"({reason})"))
            case _:
                pass

    def _forget(self, session: int) -> Owner | None:
        self._used_at = self._clock()
        self._owed.pop(session, None)
        return self._owners.pop(session, None)

    def _ended(self, status: int) -> None:
        """Evidence only against a session that was alone in the process; but the one worked on is suspect."""
        log.warning("recogniser.lost", pid=self.pid, status=status, sessions=self.sessions)
        owner = self._owners.get(self._at) if self._at is not None else None
        if owner and isinstance(ending(status, alone=True), EngineEnded):
            owner.suspected()
        self._fail(ending(status, alone=owner is not None and self.sessions == 1))

    def _fail(self, error: EngineError) -> None:
        self._error = self._error or error
        owners, self._owners = self._owners, {}
        for owner in owners.values():
            owner.failed(self._error)

    def _write(self, message: ToChild) -> None:
        if not self._input.is_closing():
            self._input.write(packed(message))


def hung(timeout_s: float) -> EngineTimeout:
    """What the sessions of a process are told that has not answered for so long."""
    return EngineTimeout(f"(silent for {timeout_s:g} s)")
