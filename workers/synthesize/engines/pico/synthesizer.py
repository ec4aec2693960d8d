"""The pico synthesizer."""

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

from workers.errors import EngineError, EngineRefused, EngineUnavailable
from workers.synthesize.engine import NEUTRAL, PROBE, Sound, Tone, Voice
from workers.synthesize.engines.pico.sound import SAMPLE_RATE, heard
from workers.synthesize.engines.pico.tone import controls
from workers.synthesize.engines.pieces import pieces
from workers.synthesize.engines.process import SpeakingProcesses, Spoken

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
            await self._speak("one", "en", 1.0, NEUTRAL)  # loads the library
            probe = await self._speak(PROBE, "en", 1.0, NEUTRAL)
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
        return Sound(
            b"".join([(await self._speak(piece, language, rate, tone)).pcm for piece in pieces(text)]), SAMPLE_RATE
        )

    async def close(self) -> None:
        """Ends the process; calls that are under way raise EngineCrashed."""
        await self._processes.close()

    async def _speak(self, piece: str, language: str, rate: float, tone: Tone) -> Spoken:
        told = controls(VOICES[language], rate, tone)
        spoken = await self._processes.ask(piece, VOICES[language], *told)
        return Spoken(heard(spoken.pcm, told.volume), spoken.worked_s)
