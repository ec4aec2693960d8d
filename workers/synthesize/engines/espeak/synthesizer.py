"""The espeak synthesizer: one process of espeak-ng for each utterance.

In one process espeak-ng is not thread-safe (it crashes); apart it can be killed, runs in parallel, and its licence
(GPL) stays in its own process.
"""

import asyncio
import contextlib
import os
import unicodedata
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Final

from dragoman.runtime.children import limited
from workers.endings import ending
from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineTimeout, EngineUnavailable
from workers.synthesize.engine import NEUTRAL, Sound, Tone, Voice
from workers.synthesize.engines.espeak.tone import options_of
from workers.synthesize.engines.espeak.voices import voices_by_language

PACKAGE: Final = "espeak-ng"
"""The apt package."""
SAMPLE_RATE: Final = 22_050
"""Of every voice of espeak-ng."""

_PROGRAM: Final = "espeak-ng"
_WAV_HEADER_BYTES: Final = 44
"""Skipped, not read: espeak-ng writes it before it knows how long the speech gets."""
_PROCESSES_PER_CORE: Final = 2


class EspeakSynthesizer:
    """Speaks every language that espeak-ng has a voice for, and gl, oc and ast with a related one."""

    name = "espeak"
    rough, by_clause = True, False
    cost = 0.0  # next to nothing

    def __init__(self, timeout_s: float = 10, program: str = _PROGRAM, memory_mb: int = 1024) -> None:
        """`timeout_s`: for a call, without its wait for a free core; `program`: name or path of espeak-ng;
        `memory_mb`: of each process."""
        self.languages: frozenset[str] = frozenset()
        self._timeout_s = timeout_s
        self._program, self._memory_mb = program, memory_mb
        self.voices: Mapping[str, tuple[Voice, ...]] = {}
        self._free = asyncio.Semaphore(_PROCESSES_PER_CORE * (os.cpu_count() or 1))
        self._processes: set[Process] = set()
        self._closed = False

    async def start(self) -> None:
        """Lists the voices and speaks a word. Raises EngineUnavailable."""
        try:
            listing = await self._run(["--voices"], "")
            found = voices_by_language(listing.decode(errors="replace"))
            self.voices = {language: (Voice(name),) for language, name in found.items()}
            self.languages = frozenset(self.voices)
            probe = await self.synthesize("one", "en", 1.0)
        except EngineError as error:
            raise EngineUnavailable(f"{self._program} does not work: apt-get install {PACKAGE}") from error
        if not probe.pcm:
            raise EngineUnavailable(f"{self._program} is silent: reinstall {PACKAGE}")

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks `text` at 22,050 Hz; text without a letter, digit or symbol gives a Sound of length 0.

        Raises EngineTimeout, EngineCrashed, and EngineRefused for a language that is not in `languages`.
        """
        if language not in self.voices:
            raise EngineRefused(f"espeak-ng has no voice for {language}.")
        voice = self.voices[language][0].name
        speakable = _speakable(text)
        if not speakable:
            return Sound(b"", SAMPLE_RATE)
        wav = await self._run([*options_of(voice, rate, tone), "-b", "1", "--stdout", "--stdin"], speakable)
        return Sound(wav[_WAV_HEADER_BYTES : len(wav) // 2 * 2], SAMPLE_RATE)

    async def close(self) -> None:
        """Ends every process; calls that are under way raise EngineCrashed."""
        self._closed = True
        ending = list(self._processes)
        for process in ending:
            _kill(process)
        for process in ending:
            await process.wait()

    async def _run(self, options: list[str], text: str) -> bytes:
        """What espeak-ng writes. Its process is gone when this returns, raises or is cancelled."""
        async with self._free:
            process = await self._begin(options)
            self._processes.add(process)
            if self._closed:  # while it was starting
                _kill(process)
            try:
                async with asyncio.timeout(self._timeout_s):
                    output, _ = await process.communicate(text.encode())
            except TimeoutError as error:
                raise EngineTimeout from error
            finally:
                await _end(process)
                self._processes.discard(process)
        if process.returncode != 0:
            assert process.returncode is not None
            raise ending(process.returncode, alone=True)
        return output

    async def _begin(self, options: list[str]) -> Process:
        if self._closed:
            raise EngineCrashed("(closed)")
        try:
            return await asyncio.create_subprocess_exec(
                *limited([self._program, *options], self._memory_mb), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
            )
        except OSError as error:
            raise EngineCrashed("(did not start)") from error


async def _end(process: Process) -> None:
    """Kills the process if it still runs, and reads what is left, so that its pipes are closed."""
    if process.returncode is None:
        _kill(process)
        await process.communicate()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def _speakable(text: str) -> str:
    """One line without controls and lone surrogates, or nothing if no letter, digit or symbol is left.

    `[[` would begin phoneme names and U+0001 a command of espeak-ng.
    """
    letters = (" " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter for letter in text)
    line = " ".join("".join(letters).replace("[", "[ ").split())
    return line if any(unicodedata.category(letter)[0] in "LNS" for letter in line) else ""
