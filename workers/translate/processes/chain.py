"""The processes of one pipeline, joined by pipes. Blocking: for one thread that lives as long as they do."""

import contextlib
import os
import select
import signal
import subprocess
import time
from typing import IO, Final

from dragoman.runtime.children import limited
from workers.endings import FAULTS, ending
from workers.errors import EngineCrashed, EngineTimeout
from workers.translate.processes.program import Program

_READ_BYTES: Final = 65_536
_LOOK_MS: Final = 50
"""How often a wait looks at the clock and at the stages."""
_SETTLE_S: Final = 0.05
"""A stage whose pipe is closed may not have ended for the parent yet, and those beside it end because of it."""
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "PATH": os.defpath, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""The stages read and write UTF-8, whatever the locale of this process; threads that wait for work burn a core."""


class Chain:
    """Running stages. After an EngineError it is of no more use: a late reply would prefix the next one."""

    def __init__(self, program: Program, memory_mb: int = 1024) -> None:
        """Starts the stages; their data loads while the first request waits. Raises EngineCrashed."""
        self._stages: list[subprocess.Popen[bytes]] = []
        upstream: IO[bytes] | None = None
        try:
            for argv in program.stages:
                stage = subprocess.Popen(
                    limited(argv, memory_mb),
                    stdin=upstream or subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,  # warnings there quote what was said
                    bufsize=0,
                    env=_ENVIRONMENT,
                )
                self._stages.append(stage)
                if upstream:
                    upstream.close()  # else a dead stage would not be seen as the end of its output
                upstream = stage.stdout
        except OSError as error:
            self.kill()
            self.wait()
            raise EngineCrashed(f"({program.name} did not start)") from error
        self._input, self._output = _fd(self._stages[0].stdin), _fd(self._stages[-1].stdout)
        os.set_blocking(self._input, False)

    @property
    def whole(self) -> bool:
        """No stage has ended."""
        return all(stage.poll() is None for stage in self._stages)

    def exchange(self, request: bytes, end: bytes, timeout_s: float) -> bytes:
        """Writes `request`, reads until `end`. Raises EngineTimeout, and EngineEnded or EngineKilled if a stage ended.

        Reads while it writes, so that a long text cannot fill the pipes in both directions.
        """
        deadline = time.monotonic() + timeout_s
        reply, unsent = bytearray(), memoryview(request)
        poller = select.poll()
        poller.register(self._output, select.POLLIN)
        poller.register(self._input, select.POLLOUT)
        while not reply.endswith(end):
            if time.monotonic() >= deadline:
                raise EngineTimeout
            # A dead stage does not always end those after it: apertium-transfer spins when its input ends within `[`.
            if not (ready := poller.poll(_LOOK_MS)) and not self.whole:
                raise self._end()
            for fd, _ in ready:
                if fd == self._output:
                    reply += self._read()
                else:
                    unsent = unsent[self._write(unsent) :]
                    if not unsent:
                        poller.unregister(self._input)
        if not self.whole:
            raise self._end()
        return bytes(reply)

    def kill(self) -> None:
        """Ends every stage; returns at once, may be called from any thread."""
        for stage in self._stages:
            stage.kill()

    def wait(self) -> None:
        """Waits until the killed stages are gone, and closes the pipes."""
        for stage in self._stages:
            stage.wait()
        for pipe in (self._stages[0].stdin, self._stages[-1].stdout) if self._stages else ():
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _read(self) -> bytes:
        received = os.read(self._output, _READ_BYTES)
        if not received:
            raise self._end()
        return received

    def _write(self, unsent: memoryview) -> int:
        try:
            return os.write(self._input, unsent)
        except BrokenPipeError as error:
            raise self._end() from error

    def _end(self) -> EngineCrashed:
        """What to raise: of one that was ended from outside, else of the first that ended; others follow it."""
        deadline = time.monotonic() + 10 * _SETTLE_S
        while self.whole and time.monotonic() < deadline:
            time.sleep(_SETTLE_S)
        time.sleep(_SETTLE_S)
        statuses = [stage.poll() for stage in self._stages]
        ended = [status for status in statuses if status is not None and status != -signal.SIGPIPE]
        outside = [status for status in ended if status < 0 and -status not in FAULTS]
        return ending([*outside, *ended][0], alone=True) if ended else EngineCrashed()


def _fd(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return pipe.fileno()
