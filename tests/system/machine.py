"""A real `dragoman up`, and every process that belongs to it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil

from dragoman.runtime.children import dying_with_parent

UP = (sys.executable, "-m", "dragoman.cli", "up")
ANY_PORTS = ("--port", "0", "--operator-port", "0")


class Machine:
    """One `dragoman up` whose data folder tells its processes from all others: each has it in its environment."""

    def __init__(self, data: Path, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        self.data, self.process = data, process
        self.lines: list[str] = []
        self._output = output

    def read_until(self, beginning: str) -> str:
        """Reads what it says up to the line that begins so, and returns that line."""
        with suppress(OSError):  # a terminal whose last program has ended
            while line := self._output.readline():
                self.lines.append(line.decode().rstrip("\r\n"))
                if self.lines[-1].startswith(beginning):
                    return self.lines[-1]
        raise AssertionError(f"it ended without {beginning!r}: {self.lines}")

    @property
    def run(self) -> dict[str, Any]:
        """What `run.json` says now."""
        run: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        return run

    def processes(self) -> list[str]:
        """Command lines of all processes that belong to it, itself included, dead ones not."""
        return [line for line in map(self._command_line, psutil.process_iter()) if line]

    def descendants(self) -> dict[int, str]:
        """Pid to program of all below it, also of those that do not get its environment."""
        below: dict[int, str] = {}
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    below[process.pid] = process.name()
        return below

    def readyz(self, name: str) -> int:
        """Status of a process's /readyz."""
        port = self.run["processes"][name]["operator_port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60) as answer:
            return int(answer.status)

    def _command_line(self, process: psutil.Process) -> str:
        with suppress(psutil.Error):
            if process.environ().get("DRAGOMAN_DATA") == str(self.data):
                return " ".join(process.cmdline())
        return ""


@contextmanager
def machine(data: Path, *options: str, prefix: Sequence[str] = UP, **settings: str) -> Iterator[Machine]:
    """Starts `dragoman up` with its files in `data`; whatever is left of it at the end is killed with it.

    It fetches nothing unless the `settings`, names of variables, say so.
    """
    with subprocess.Popen(
        dying_with_parent([*prefix, *ANY_PORTS, *options]),
        env={**os.environ, "DRAGOMAN_DATA": str(data), "DRAGOMAN_FETCH_MODELS": "off", **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        try:
            yield Machine(data, process, process.stdout)
        finally:
            process.kill()


@contextmanager
def machine_in_terminal(data: Path, *options: str) -> Iterator[tuple[Machine, int]]:
    """The same in a terminal of its own, whose end can be closed: that is the second value."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        dying_with_parent(["setsid", "--ctty", *UP, *ANY_PORTS, *options]),
        env={**os.environ, "DRAGOMAN_DATA": str(data), "DRAGOMAN_FETCH_MODELS": "off"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        try:
            with open(ours, "rb", closefd=False, buffering=0) as output:
                yield Machine(data, process, output), ours
        finally:
            process.kill()
            with suppress(OSError):
                os.close(ours)
