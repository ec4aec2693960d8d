"""The parent's end of processes that speak one text after the other, started again after they hung or died."""

import asyncio
import contextlib
import json
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dragoman.runtime.children import limited
from workers.endings import ending
from workers.errors import EngineCrashed, EngineTimeout
from workers.synthesize.engines.process.serving import HEADER

_SPIN_FREE: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Each library would start threads of its own that wait busily for each other."""


@dataclass(frozen=True)
class Spoken:
    """What a process answered."""

    pcm: bytes
    """Mono s16le."""
    worked_s: float
    """Seconds of the processor."""


class SpeakingProcesses:
    """Up to `most` processes of a program, each started when all others speak."""

    def __init__(self, child: Sequence[str], timeout_s: float, memory_mb: int, most: int = 1) -> None:
        """`timeout_s`: for a request, without its wait for the others; `memory_mb`: of each process."""
        self.timeout_s = timeout_s
        self._child, self._memory_mb = child, memory_mb
        self._free = asyncio.Semaphore(most)
        self._all = [SpeakingProcess(self) for _ in range(most)]
        self._idle = list(self._all)
        self._speaking: set[asyncio.Task[Spoken]] = set()
        self.closed = False

    async def ask(self, *request: object) -> Spoken:
        """Passes a request on. Raises EngineTimeout, EngineCrashed.

        A process that did not answer is ended. One whose answer nobody waits for any more speaks to the end: it costs
        less than to start another one, for which all others would have to wait.
        """
        await self._free.acquire()
        speaking = asyncio.create_task(self._speak(json.dumps(request).encode() + b"\n"))
        self._speaking.add(speaking)
        speaking.add_done_callback(self._speaking.discard)
        return await asyncio.shield(speaking)

    async def _speak(self, request: bytes) -> Spoken:
        process = self._idle.pop()  # the one that was used last: others may never have to start
        try:
            return await process.ask(request)
        finally:
            self._idle.append(process)
            self._free.release()

    @property
    def speaking(self) -> bool:
        """A request is under way."""
        return bool(self._speaking)

    async def unload(self) -> None:
        """Ends the processes that do not speak; what is asked later starts one again."""
        for process in tuple(self._idle):
            await process.unload()

    async def close(self) -> None:
        """Ends the processes; calls that are under way raise EngineCrashed."""
        self.closed = True
        for process in self._all:
            await process.close()
        await asyncio.gather(*self._speaking, return_exceptions=True)

    async def start(self) -> Process:
        """A new process. Raises EngineCrashed."""
        try:
            return await asyncio.create_subprocess_exec(
                *limited(self._child, self._memory_mb),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={**os.environ, **_SPIN_FREE},
            )
        except OSError as error:
            raise EngineCrashed("(did not start)") from error


class SpeakingProcess:
    """One process at a time."""

    def __init__(self, processes: SpeakingProcesses) -> None:
        self._processes = processes
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def ask(self, request: bytes) -> Spoken:
        """As that of SpeakingProcesses."""
        async with self._turn:
            answered = False
            try:
                async with asyncio.timeout(self._processes.timeout_s):
                    spoken = await self._exchange(request)
                answered = True
            except TimeoutError as error:
                raise EngineTimeout from error
            finally:
                if not answered:
                    await self._discard()
        return spoken

    async def unload(self) -> None:
        """Ends the process when it has spoken."""
        async with self._turn:
            await self._discard()

    async def close(self) -> None:
        """Ends the process."""
        if self._process:
            _kill(self._process)
        async with self._turn:
            await self._discard()

    async def _exchange(self, request: bytes) -> Spoken:
        process = await self._living()
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(request)
            await process.stdin.drain()
            length, worked_ms = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
            return Spoken(await process.stdout.readexactly(length), worked_ms / 1000)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ending(await process.wait(), alone=True) from error

    async def _living(self) -> Process:
        """The process; a new one if there is none or it died between two texts, when nothing is lost by that."""
        if self._process and self._process.returncode is not None:
            await self._discard()
        if self._processes.closed:
            raise EngineCrashed("(closed)")
        if self._process is None:
            self._process = await self._processes.start()
            if self._processes.closed:  # while it was starting
                _kill(self._process)
        return self._process

    async def _discard(self) -> None:
        process, self._process = self._process, None
        if process:
            _kill(process)
            await process.communicate()  # reads what is left, so that its pipes are closed


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
