"""The pico synthesizer: one process that speaks one text after the other, started again after it hung or died."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from dragoman.runtime.children import limited
from workers.endings import ending
from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineTimeout, EngineUnavailable
from workers.synthesize.engine import NEUTRAL, Sound, Tone
from workers.synthesize.engines.pico.pieces import pieces
from workers.synthesize.engines.pico.process import LENGTH_BYTES
from workers.synthesize.engines.pico.sound import SAMPLE_RATE, heard
from workers.synthesize.engines.pico.tone import Controls, controls

VOICES: Final = {
    "en": "en-GB",
    "es": "es-ES",
    "fr": "fr-FR",
    "it": "it-IT",
    "de": "de-DE",
    "en-GB": "en-GB",
    "en-US": "en-US",
    "es-ES": "es-ES",
    "fr-FR": "fr-FR",
    "it-IT": "it-IT",
    "de-DE": "de-DE",
}
"""Pico's own name of the voice for every BCP-47 tag."""

_CHILD: Final = (sys.executable, "-m", "workers.synthesize.engines.pico.process")


class PicoSynthesizer:
    """Speaks English, Spanish, French, Italian and German."""

    name = "pico"
    languages = frozenset(VOICES)

    def __init__(self, timeout_s: float = 10, memory_mb: int = 1024, child: Sequence[str] = _CHILD) -> None:
        """`timeout_s`: for a piece of a text, without its wait for the others; `child`: what speaks, of `memory_mb`."""
        self._timeout_s, self._memory_mb, self._child = timeout_s, memory_mb, child
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._closed = False

    async def start(self) -> None:
        """Speaks a word. Raises EngineUnavailable."""
        if find_spec("py_nanotts") is None:
            raise EngineUnavailable("py-nanotts is not installed: pip install 'dragoman[local]'")
        try:
            probe = await self.synthesize("one", "en", 1.0)
        except EngineError as error:
            raise EngineUnavailable(f"Pico does not work: {error}") from error
        if not probe.pcm:
            raise EngineUnavailable("Pico is silent: pip install --force-reinstall py-nanotts")

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks `text` at 16,000 Hz; text without a letter, digit or symbol gives a Sound of length 0, as does what
        is written in letters that the voice cannot read.

        Raises EngineTimeout, EngineCrashed, and EngineRefused for a language that is not in `languages`.
        """
        if language not in VOICES:
            raise EngineRefused(f"Pico has no voice for {language}.")
        voice = VOICES[language]
        told = controls(voice, rate, tone)
        return Sound(b"".join([await self._speak(piece, voice, told) for piece in pieces(text)]), SAMPLE_RATE)

    async def close(self) -> None:
        """Ends the process; calls that are under way raise EngineCrashed."""
        self._closed = True
        if self._process:
            _kill(self._process)
        async with self._turn:
            await self._discard()

    async def _speak(self, piece: str, voice: str, told: Controls) -> bytes:
        """PCM. A process that did not answer, or whose answer nobody waits for any more, is ended."""
        request = json.dumps([piece, voice, *told]).encode() + b"\n"
        async with self._turn:
            answered = False
            try:
                async with asyncio.timeout(self._timeout_s):
                    pcm = await self._exchange(request)
                answered = True
            except TimeoutError as error:
                raise EngineTimeout from error
            finally:
                if not answered:
                    await self._discard()
        return heard(pcm, told.volume)

    async def _exchange(self, request: bytes) -> bytes:
        process = await self._living()
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(request)
            await process.stdin.drain()
            length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
            return await process.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ending(await process.wait(), alone=True) from error

    async def _living(self) -> Process:
        """The process; a new one if there is none or it died between two texts, when nothing is lost by that."""
        if self._process and self._process.returncode is not None:
            await self._discard()
        if self._closed:
            raise EngineCrashed("(closed)")
        if self._process is None:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *limited(self._child, self._memory_mb), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
                )
            except OSError as error:
                raise EngineCrashed("(did not start)") from error
            if self._closed:  # while it was starting
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
