"""The parent's end of the processes that encode: a sound that ends one is seen to do so, and takes nobody with it."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from typing import Final

from dragoman.runtime.children import limited
from schemas.audio import SAMPLE_RATE
from schemas.notice import NOTICE
from workers.endings import ending
from workers.errors import EngineCrashed, EngineError, EngineTimeout, EngineUnavailable
from workers.synthesize.encoder import ANSWERED, ASKED
from workers.synthesize.engine import Encoded, Sound

PROCESSES: Final = 2
"""The second one starts when the first is busy: what goes wrong in one delays no other sound by a start."""
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""NumPy's library takes 40 MB for each core, for threads that are not used: on many cores that is more than it may."""
_CHILD: Final = (sys.executable, "-m", "workers.synthesize.encoder")


class Encoders:
    """Each process encodes one sound at a time, and is started again after it hung or died."""

    def __init__(
        self, timeout_s: float = 10, memory_mb: int = 1024, child: Sequence[str] = _CHILD, *, comment: str = NOTICE
    ) -> None:
        """`timeout_s`: for a sound, without its wait for the others; `memory_mb`: of each process; `comment`: in the
        files."""
        self._timeout_s, self._memory_mb, self._child = timeout_s, memory_mb, (*child, comment)
        self._turns = asyncio.Semaphore(PROCESSES)
        self._idle: list[Process] = []
        """Those that wait for a sound; the last one was used last."""
        self._busy: set[Process] = set()
        self._closed = False

    async def start(self) -> None:
        """Encodes silence, so that the first listener does not wait for a process. Raises EngineUnavailable."""
        try:
            await self.encode(Sound(b"", SAMPLE_RATE), "ogg-opus")
        except EngineError as error:
            raise EngineUnavailable(f"speech cannot be encoded: {error}: pip install av") from error

    async def encode(self, sound: Sound, audio_format: str) -> Encoded:
        """As workers.synthesize.encoder. Raises EngineTimeout, and EngineCrashed as workers.endings has it."""
        async with self._turns:
            process = await self._living()
            self._busy.add(process)
            try:
                async with asyncio.timeout(self._timeout_s):
                    encoded = await _exchange(process, sound, audio_format)
            except TimeoutError as error:
                await _end(process)
                raise EngineTimeout from error
            except BaseException:  # also when nobody waits for the answer any more: the next sound would be given it
                await _end(process)
                raise
            finally:
                self._busy.discard(process)
            self._idle.append(process)
            return encoded

    async def close(self) -> None:
        """Ends the processes; calls that are under way raise EngineCrashed."""
        self._closed = True
        for process in self._busy:
            _kill(process)
        while self._idle:
            await _end(self._idle.pop())

    async def _living(self) -> Process:
        """A process; a new one if there is none or it died between two sounds, when nothing is lost by that."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
            await _end(process)
        if self._closed:
            raise EngineCrashed("(closed)")
        try:
            process = await asyncio.create_subprocess_exec(
                *limited(self._child, self._memory_mb),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={**os.environ, **_ONE_THREAD},
            )
        except OSError as error:
            raise EngineCrashed("(did not start)") from error
        if self._closed:  # while it was starting
            _kill(process)
        return process


async def _exchange(process: Process, sound: Sound, audio_format: str) -> Encoded:
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(ASKED.pack(audio_format.encode(), sound.sample_rate, len(sound.pcm)) + sound.pcm)
        await process.stdin.drain()
        sample_rate, duration_ms, length = ANSWERED.unpack(await process.stdout.readexactly(ANSWERED.size))
        return Encoded(await process.stdout.readexactly(length), sample_rate, duration_ms)
    except (asyncio.IncompleteReadError, OSError) as error:
        raise ending(await process.wait(), alone=True) from error


async def _end(process: Process) -> None:
    _kill(process)
    await process.communicate()  # reads what is left, so that its pipes are closed


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
