"""One translation direction as long-lived processes: what takes milliseconds there takes a fresh one much longer."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from workers.errors import EngineCrashed, EngineEnded, EngineError
from workers.translate.processes.chain import Chain
from workers.translate.processes.frames import PLAIN, FrameError, ProgramFraming, end_of, new_nonce
from workers.translate.processes.program import Program

log = structlog.get_logger(__name__)
T = TypeVar("T")

SUSPECTS = 100
"""Texts that are remembered for having ended the processes."""


class Pipeline:
    """Starts its processes at first need, and again after an error.

    All work on them is done in one thread of its own: it is the lock (one text at a time), the event loop never
    waits, a cancelled call leaves no half-read reply behind, and the kernel ends the processes when it ends.

    A text that ended the processes has its next tries in a pipeline of its own: the others go on meanwhile.
    """

    def __init__(
        self, program: Program, timeout_s: float, memory_mb: int = 1024, frames: ProgramFraming = PLAIN
    ) -> None:
        """`timeout_s`: what one text may take before the processes are given up; `memory_mb`: of each process."""
        self._program, self._frames = program, frames
        self._timeout_s, self._memory_mb = timeout_s, memory_mb
        self._suspects: deque[str] = deque(maxlen=SUSPECTS)
        self._trials: set[Pipeline] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=program.name)
        self._chain: Chain | None = None
        self._closing = False
        self._used_at = time.monotonic()

    @property
    def running(self) -> bool:
        """It has processes."""
        return self._chain is not None

    @property
    def idle_s(self) -> float:
        """Seconds since the last text."""
        return time.monotonic() - self._used_at

    async def translate(self, text: str) -> str:
        """One line, as the program takes it. Raises EngineCrashed, EngineTimeout."""
        if self._closing:
            raise EngineCrashed("(closed)")
        if text in self._suspects:
            return await self._try_alone(text)
        try:
            return await self._in_thread(lambda: self._translate(text))
        except EngineEnded:
            self._suspects.append(text)
            raise

    async def reap(self, reap_s: float) -> None:
        """Ends the processes if no text came for `reap_s` seconds; the next text starts new ones."""
        if self.running and self.idle_s >= reap_s:
            await self._in_thread(lambda: self._discard("idle") if self.idle_s >= reap_s else None)

    async def close(self) -> None:
        """Ends the processes, also in the midst of a text, and waits until they are gone."""
        if self._closing:
            return
        self._closing = True
        await asyncio.gather(*(trial.close() for trial in self._trials))
        if self._chain:
            self._chain.kill()
        await self._in_thread(lambda: self._discard("closed"))
        self._thread.shutdown(wait=False)

    async def _try_alone(self, text: str) -> str:
        trial = Pipeline(self._program, self._timeout_s, self._memory_mb, self._frames)
        self._trials.add(trial)
        try:
            return await trial.translate(text)
        finally:
            self._trials.discard(trial)
            await trial.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _translate(self, text: str) -> str:
        if self._closing:
            raise EngineCrashed("(closed)")
        self._used_at = time.monotonic()
        nonce = new_nonce()
        try:
            reply = self._whole_chain().exchange(self._frames.frame(text, nonce), end_of(nonce), self._timeout_s)
            return self._frames.unframe(reply, nonce)
        except EngineError as error:
            self._discard(type(error).__name__)
            raise
        except (FrameError, OSError) as error:
            self._discard(type(error).__name__)
            raise EngineCrashed from error

    def _whole_chain(self) -> Chain:
        """The processes; new ones if there are none or one died between two texts, when nothing is lost by that."""
        if self._chain and not self._chain.whole:
            self._discard("died")
        if not self._chain:
            self._chain = Chain(self._program, self._memory_mb)
            log.info("pipeline.started", program=self._program.name, stages=len(self._program.stages))
        return self._chain

    def _discard(self, reason: str) -> None:
        chain, self._chain = self._chain, None
        if chain:
            chain.kill()
            chain.wait()
            log.info("pipeline.ended", program=self._program.name, reason=reason)
