"""The processes of one pipeline, joined by pipes. Blocking: for one thread that lives as long as they do."""

import contextlib
import os
import select
import subprocess
import time
from typing import IO, Final

from dragoman.runtime.children import dying_with_parent
from workers.errors import EngineCrashed, EngineTimeout
from workers.translate.engines.embedded.modes import Mode

_READ_BYTES: Final = 65_536
_LOOK_MS: Final = 50
"""How often a wait looks at the clock and at the stages."""
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
"""The stages read and write UTF-8, whatever the locale of this process."""


class Chain:
    """Running stages. After an EngineError it is of no more use: a late reply would prefix the next one."""

    def __init__(self, mode: Mode) -> None:
        """Starts the stages; their data loads while the first request waits. Raises EngineCrashed."""
        self._stages: list[subprocess.Popen[bytes]] = []
        upstream: IO[bytes] | None = None
        try:
            for argv in mode.stages:
                stage = subprocess.Popen(
                    dying_with_parent(argv),
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
            raise EngineCrashed(f"({mode.name} did not start)") from error
        self._input, self._output = _fd(self._stages[0].stdin), _fd(self._stages[-1].stdout)
        os.set_blocking(self._input, False)

    @property
    def whole(self) -> bool:
        """No stage has ended."""
        return all(stage.poll() is None for stage in self._stages)

    def exchange(self, request: bytes, end: bytes, timeout_s: float) -> bytes:
        """Writes `request`, reads until `end`. Raises EngineTimeout, and EngineCrashed when a stage has ended.

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
                raise EngineCrashed
            for fd, _ in ready:
                if fd == self._output:
                    reply += self._read()
                else:
                    unsent = unsent[self._write(unsent) :]
                    if not unsent:
                        poller.unregister(self._input)
        if not self.whole:
            raise EngineCrashed
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
            raise EngineCrashed
        return received

    def _write(self, unsent: memoryview) -> int:
        try:
            return os.write(self._input, unsent)
        except BrokenPipeError as error:
            raise EngineCrashed from error


def _fd(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return pipe.fileno()
