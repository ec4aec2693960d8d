"""One program that is kept running: started, its output kept, started again when it ends, stopped in time."""

import asyncio
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dragoman.local.output import OutputLog
from dragoman.runtime.children import dying_with_parent
from dragoman.runtime.errors import DragomanError

MENDED_BY_A_PERSON = 2
"""Exit status of a program whose last line of output says what a person must mend: starting it again is of no use."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_FIRST_PAUSE_WHEN_STEADY_S = 0.1  # speakers and listeners wait for it
_STEADY_S = 30.0  # a program that ran for so long begins with the shortest pause again
_LONGEST_PAUSE_WHEN_KILLED_S, _KILLS = 0.25, 10  # from outside, of a program that had been ready: it is not its fault
_LONGEST_PAUSE_WHEN_AWAY_S = 1.0  # what it needs had been there: it looks whether it is there again
_FAILURES_AT_START = 5
_DOUBLINGS = 10  # more than lead to the longest pause; a power of all the failures of a week is too large a number


def pause_after(failures: int, status: int, *, steady: bool) -> float:
    """Seconds until a program is started again that ended with `status`, for so many times in a row."""
    first_s = _FIRST_PAUSE_WHEN_STEADY_S if steady else _FIRST_PAUSE_S
    killed = steady and status == -signal.SIGKILL and failures <= _KILLS
    longest_s = _LONGEST_PAUSE_WHEN_KILLED_S if killed else _LONGEST_PAUSE_S
    if steady and status == MENDED_BY_A_PERSON:  # Kafka or Redis is away
        longest_s = _LONGEST_PAUSE_WHEN_AWAY_S
    return min(first_s * 2.0 ** min(failures - 1, _DOUBLINGS), longest_s)


@dataclass(frozen=True)
class ChildProgram:
    """What a child runs."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    """All of it; nothing is inherited."""
    patience_s: float
    """How long it may take to end after SIGTERM."""


class Child:
    """Must be started in the main thread: the kernel ties a child's life to the thread that started it."""

    def __init__(self, program: ChildProgram, logs: Path, say: Callable[[str], None]) -> None:
        self.program = program
        self.steady = False
        """It has been ready once: from then on it is started again whatever happens."""
        self.on_start: Callable[[], None] = lambda: None
        self.may_start: Callable[[], Awaitable[None]] | None = None
        """Is awaited before it is started again: where it needs what may not be there."""
        self._say = say
        self._log = OutputLog(logs / f"{program.name}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._pump: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process and self.alive else None

    @property
    def alive(self) -> bool:
        """It runs now."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """File of its output."""
        return self._log.path

    def start(self) -> None:
        """Starts the program once, in a session of its own: Ctrl-C and a hang-up reach the supervisor alone."""
        self._process = subprocess.Popen(
            dying_with_parent(self.program.argv),
            env=dict(self.program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._pump = self._log.pump(self._process.stdout)
        self.on_start()

    async def keep_running(self) -> None:
        """Starts it again whenever it ends, after a pause that grows to 30 s.

        Raises DragomanError when only a person can mend it, or when it fails again and again before it was ready.
        """
        failures, how = 0, ""
        if self._process is None:
            self.start()
        while True:
            started = time.monotonic()
            await self.ended()
            assert self._process is not None
            failures = 1 if time.monotonic() - started > _STEADY_S else failures + 1
            await self._last_words()
            self._give_up_if_hopeless(failures)
            pause_s = pause_after(failures, self._process.returncode, steady=self.steady)
            before, how = how, self._how_it_ended()
            if failures == 1 or how != before or self._process.returncode != MENDED_BY_A_PERSON:  # else: each second
                self._say(f"{self.program.name} {how}; starting it again in {pause_s:g} s")
            await asyncio.sleep(pause_s)
            if self.may_start:
                await self.may_start()
            self.start()

    async def ended(self) -> None:
        """Returns when the process has ended."""
        if self._process is None or not self.alive:
            return
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        pidfd = os.pidfd_open(self._process.pid)
        loop.add_reader(pidfd, gone.set)
        try:
            await gone.wait()
        finally:
            loop.remove_reader(pidfd)
            os.close(pidfd)
        self._process.wait()

    def terminate(self) -> None:
        """Asks it to end."""
        if self._process and self.alive:
            self._process.terminate()

    def kill(self) -> None:
        """Ends it at once, and waits until it is gone."""
        if self._process and self.alive:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Closes its log."""
        self._log.close()

    async def _last_words(self) -> None:
        """Waits until its output is read; not for long, for its own children may still hold the other end."""
        if self._pump:
            await asyncio.to_thread(self._pump.join, 1.0)

    def _give_up_if_hopeless(self, failures: int) -> None:
        assert self._process is not None
        if self.steady or (self._process.returncode != MENDED_BY_A_PERSON and failures < _FAILURES_AT_START):
            return
        last = next((line.strip() for line in reversed(self._log.last_lines) if line.strip()), "it said nothing")
        if self._process.returncode == MENDED_BY_A_PERSON:
            raise DragomanError(f"{self.program.name}: {re.sub('^dragoman [a-z ]+: ', '', last)}")
        raise DragomanError(f"{self.program.name} {self._how_it_ended()}: {last} (all of it: {self.log})")

    def _how_it_ended(self) -> str:
        assert self._process is not None
        status = self._process.returncode
        return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
