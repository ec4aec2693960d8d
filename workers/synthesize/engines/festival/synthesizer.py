"""The festival synthesizer."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from workers.errors import EngineError, EngineRefused, EngineUnavailable
from workers.synthesize.engine import NEUTRAL, Sound, Tone, Voice
from workers.synthesize.engines.festival.voice import NAME, SAMPLE_RATE
from workers.synthesize.engines.pieces import pieces
from workers.synthesize.engines.process import SpeakingProcesses, Spoken

PACKAGES: Final = "festival festvox-ca-ona-hts"
"""The apt packages."""

_CHILD: Final = (sys.executable, "-m", "workers.synthesize.engines.festival.process")
_PROBE: Final = "La biblioteca obre a les nou del matí."


class FestivalSynthesizer:
    """Speaks Catalan."""

    name = "festival"
    languages = frozenset({"ca", "ca-ES"})
    rough = by_clause = False
    voices: Mapping[str, tuple[Voice, ...]] = {tag: (Voice(NAME, "female"),) for tag in ("ca", "ca-ES")}

    def __init__(self, timeout_s: float = 10, memory_mb: int = 1024, child: Sequence[str] = _CHILD) -> None:
        """`timeout_s`: for a piece of a text, without its wait for the others; `child`: what speaks, of `memory_mb`."""
        self.cost = 0.0
        self._processes = SpeakingProcesses(child, timeout_s, memory_mb)

    async def start(self) -> None:
        """Speaks a sentence. Raises EngineUnavailable."""
        if shutil.which("festival") is None:
            raise EngineUnavailable(f"Festival is not installed: apt-get install {PACKAGES}")
        try:
            await self._speak("u", 1.0, NEUTRAL)  # loads the voice
            probe = await self._speak(_PROBE, 1.0, NEUTRAL)
        except EngineError as error:
            raise EngineUnavailable(f"Festival does not work: apt-get install {PACKAGES}") from error
        if not probe.pcm:
            raise EngineUnavailable(f"Festival is silent: apt-get install {PACKAGES}")
        self.cost = probe.worked_s / Sound(probe.pcm, SAMPLE_RATE).seconds

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks `text` at 16,000 Hz; what has no letter, digit or symbol of the voice's gives a Sound of length 0.

        Raises EngineTimeout, EngineCrashed, and EngineRefused for a language that is not in `languages`.
        """
        if language not in self.languages:
            raise EngineRefused(f"Festival has no voice for {language}.")
        spoken = [await self._speak(piece, rate, tone) for piece in pieces(text)]
        return Sound(b"".join(each.pcm for each in spoken), SAMPLE_RATE)

    async def close(self) -> None:
        """Ends the process; calls that are under way raise EngineCrashed."""
        await self._processes.close()

    async def _speak(self, piece: str, rate: float, tone: Tone) -> Spoken:
        return await self._processes.ask(piece, rate, tone.gain_db)
