"""A synthesizer without a voice: a tone of a set length per character, so that tests of the plumbing are exact."""

import asyncio
from collections.abc import Mapping
from typing import Final

import numpy as np

from schemas.audio import SAMPLE_RATE
from schemas.languages import ANY
from workers.errors import EngineTimeout
from workers.faults import Faults
from workers.synthesize.engine import NEUTRAL, Sound, Tone, Voice

MS_PER_CHARACTER: Final = 50
"""Length of the tone for each code point of the text, at rate 1.0."""
TONE_HZ: Final = 440
_PEAK: Final = 8_000


class ScriptedSynthesizer:
    """Any language; every call takes `latency_ms` and may have a fault."""

    name = "scripted"
    rough = False
    cost = 0.0
    voices: Mapping[str, tuple[Voice, ...]] = {}

    def __init__(
        self, latency_ms: float = 0, faults: str = "", timeout_s: float = 10, *, by_clause: bool = False
    ) -> None:
        """`faults` is a script of workers.faults. Raises SettingsError."""
        self.by_clause = by_clause
        self.languages = frozenset({ANY})
        self._latency_s = latency_ms / 1000
        self._timeout_s = timeout_s
        self._faults = Faults(faults, seed="synthesize")

    async def start(self) -> None:
        """Nothing to prove."""

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """A tone of 50 ms for each character, divided by `rate`, at 16 kHz; the same every time.

        Raises EngineCrashed where the script has a `fail` or `crash`, EngineTimeout where it has a `hang`.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._faults.strike(text)
                await asyncio.sleep(self._latency_s)
        except TimeoutError as error:
            raise EngineTimeout from error
        return Sound(_tone(round(len(text) * MS_PER_CHARACTER * SAMPLE_RATE / 1000 / rate)), SAMPLE_RATE)

    async def close(self) -> None:
        """Nothing was started."""


def _tone(samples: int) -> bytes:
    phase = np.arange(samples) * (2 * np.pi * TONE_HZ / SAMPLE_RATE)
    pcm: bytes = (np.sin(phase) * _PEAK).astype("<i2").tobytes()
    return pcm
