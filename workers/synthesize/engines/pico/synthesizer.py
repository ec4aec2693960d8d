"""The pico synthesizer."""

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

import numpy as np

from workers.errors import EngineError, EngineRefused, EngineUnavailable
from workers.synthesize.engine import NEUTRAL, PROBE, Sound, Tone, Voice
from workers.synthesize.engines.pico.pieces import pieces
from workers.synthesize.engines.process import SpeakingProcesses

SAMPLE_RATE: Final = 16_000
"""Of every voice of Pico."""
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
_SPEED_PER_RATE: Final = 1.25
"""Pico's speed of 1.44 makes speech 1.35 times as fast: the silence at the edges and in it does not shrink as much."""

_QUIETEST_PEAK: Final = 1_000
"""Of 32,767: silence has 151, a letter ten thousand and more."""


class PicoSynthesizer:
    """Speaks English, Spanish, French, Italian and German."""

    name = "pico"
    languages = frozenset(VOICES)
    rough = by_clause = False
    voices: Mapping[str, tuple[Voice, ...]] = {language: (Voice(voice),) for language, voice in VOICES.items()}

    def __init__(self, timeout_s: float = 10, memory_mb: int = 1024, child: Sequence[str] = _CHILD) -> None:
        """`timeout_s`: for a piece of a text, without its wait for the others; `child`: what speaks, of `memory_mb`."""
        self.cost = 0.0
        self._processes = SpeakingProcesses(child, timeout_s, memory_mb)

    async def start(self) -> None:
        """Speaks a sentence. Raises EngineUnavailable."""
        if find_spec("py_nanotts") is None:
            raise EngineUnavailable("py-nanotts is not installed: pip install 'dragoman[local]'")
        try:
            await self._processes.ask("one", VOICES["en"], 1.0)  # loads the library
            probe = await self._processes.ask(PROBE, VOICES["en"], 1.0)
        except EngineError as error:
            raise EngineUnavailable(f"Pico does not work: {error}") from error
        if not probe.pcm:
            raise EngineUnavailable("Pico is silent: pip install --force-reinstall py-nanotts")
        self.cost = probe.worked_s / Sound(probe.pcm, SAMPLE_RATE).seconds

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks `text` at 16,000 Hz; text without a letter, digit or symbol gives a Sound of length 0, as does what
        is written in letters that the voice cannot read.

        Raises EngineTimeout, EngineCrashed, and EngineRefused for a language that is not in `languages`.
        """
        if language not in VOICES:
            raise EngineRefused(f"Pico has no voice for {language}.")
        speed = 1 + (rate - 1) * _SPEED_PER_RATE
        spoken = [await self._processes.ask(piece, VOICES[language], speed) for piece in pieces(text)]
        return Sound(b"".join(each.pcm for each in spoken if _audible(each.pcm)), SAMPLE_RATE)

    async def close(self) -> None:
        """Ends the process; calls that are under way raise EngineCrashed."""
        await self._processes.close()


def _audible(pcm: bytes) -> bool:
    """Of letters that it cannot read Pico makes half a second of silence when it is told a speed."""
    return bool(np.abs(np.frombuffer(pcm, "<i2").astype(int)).max(initial=0) >= _QUIETEST_PEAK)
