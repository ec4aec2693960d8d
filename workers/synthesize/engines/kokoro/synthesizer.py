"""The kokoro synthesizer."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from workers.errors import EngineError, EngineRefused, EngineUnavailable
from workers.synthesize.clauses import clauses
from workers.synthesize.cores import usable_cores
from workers.synthesize.engine import NEUTRAL, PROBE, Sound, Tone, Voice, voice_for
from workers.synthesize.engines.kokoro.files import MODEL, SAMPLE_RATE, VOCABULARY, VOICE_BYTES
from workers.synthesize.engines.kokoro.room import processes
from workers.synthesize.engines.kokoro.voices import GAIN_DB, LANGUAGES, USUAL_GAIN_DB, voices_by_language
from workers.synthesize.engines.process import SpeakingProcesses, Spoken
from workers.synthesize.memory import usable_mb

log = structlog.get_logger()

_MODULE: Final = "workers.synthesize.engines.kokoro.process"
_RATES: Final = (0.6, 0.69, 0.89, 1.0, 1.08, 1.21, 1.47, 1.54)
_SPEEDS: Final = (0.6, 0.7, 0.85, 1.0, 1.15, 1.3, 1.4, 1.5)
"""What Kokoro has to be told for each rate: it rounds the length of every sound."""
AT_ONCE_CHARACTERS: Final = 100
"""Of one piece: more may take longer than a call is given. The stage asks clause by clause; what is no longer than this
is not cut once more, as a word that is left alone is not understood."""
MOST_CHARACTERS: Final = 1_500
"""Of one call: a minute of work, and more speech than any segment may have."""


class KokoroSynthesizer:
    """Speaks those of its languages that the model's folder has voices for."""

    name = "kokoro"
    rough, by_clause = False, True

    def __init__(
        self,
        folder: Path,
        timeout_s: float = 10,
        memory_mb: int = 1024,
        child: Sequence[str] = (),
        pinned: Mapping[str, str] = {},
    ) -> None:
        """`folder`: of the model; `timeout_s`: for a clause, without its wait for the others; `child`: what speaks in
        its place; `pinned`: the one voice of a language; `memory_mb`: of a process, where there is so much. Half of the
        cores speak, each a clause, at most four and no more than half of the memory can hold."""
        self._folder, self._pinned = folder, pinned
        self.troubles: list[str] = []
        """What is wrong with it though it works, once it is started."""
        files = (folder / "voices").glob("*.bin")
        self.voices: Mapping[str, tuple[Voice, ...]] = voices_by_language((path.stem for path in files), pinned)
        self.languages = frozenset(self.voices or LANGUAGES)  # where nothing is there: what it could speak
        self.cost = 0.0
        most, each_mb = processes(usable_cores(), usable_mb(), memory_mb)
        argv = child or (sys.executable, "-m", _MODULE, str(folder))
        self._processes = SpeakingProcesses(argv, timeout_s, each_mb, most)

    async def start(self) -> None:
        """Speaks a sentence. Raises EngineUnavailable."""
        if missing := [name for name in (MODEL, VOCABULARY) if not (self._folder / name).is_file()]:
            raise EngineUnavailable(f"no {missing[0]} in {self._folder}: dragoman models fetch kokoro")
        self._leave_out_damaged()
        if find_spec("onnxruntime") is None:
            raise EngineUnavailable("onnxruntime is not installed: pip install 'dragoman[local]'")
        if shutil.which("espeak-ng") is None:
            raise EngineUnavailable("Kokoro's phonemes are written by espeak-ng: apt-get install espeak-ng")
        language = "en" if "en" in self.voices else next(iter(self.voices), "")
        if not language:
            raise EngineUnavailable(f"no voices in {self._folder}: dragoman models fetch kokoro")
        try:
            await self._speak("one", language, 1.0, NEUTRAL)  # loads the model
            probe = await self._speak(PROBE, language, 1.0, NEUTRAL)
        except EngineError as error:
            raise EngineUnavailable(f"Kokoro does not work: {error}") from error
        if not probe.pcm:
            raise EngineUnavailable("Kokoro is silent: dragoman models fetch kokoro")
        self.cost = probe.worked_s / Sound(probe.pcm, SAMPLE_RATE).seconds

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks `text` at 24,000 Hz; text without a letter, digit or symbol gives a Sound of length 0, as does what
        is written in letters that the voice cannot read.

        Raises EngineTimeout, EngineCrashed, and EngineRefused for a language that is not in `languages`.
        """
        if language not in self.voices:
            raise EngineRefused(f"Kokoro has no voice for {language}.")
        if len(text) > MOST_CHARACTERS:
            raise EngineRefused(f"Kokoro speaks no more than {MOST_CHARACTERS} characters at once.")
        pieces = clauses(text) if len(text) > AT_ONCE_CHARACTERS else [text]
        spoken = [await self._speak(piece, language, rate, tone) for piece in pieces if piece.strip()]
        return Sound(b"".join(each.pcm for each in spoken), SAMPLE_RATE)

    async def close(self) -> None:
        """Ends the processes; calls that are under way raise EngineCrashed."""
        await self._processes.close()

    def _leave_out_damaged(self) -> None:
        files = sorted((self._folder / "voices").glob("*.bin"))
        damaged = [path for path in files if path.stat().st_size != VOICE_BYTES]
        self.troubles = [f"{path} is not the file of a voice: dragoman models fetch kokoro" for path in damaged]
        for trouble in self.troubles:
            log.error("voice.damaged", engine=self.name, detail=trouble)
        self.voices = voices_by_language((path.stem for path in files if path not in damaged), self._pinned)
        self.languages = frozenset(self.voices)

    async def _speak(self, clause: str, language: str, rate: float, tone: Tone) -> Spoken:
        voice = voice_for(self.voices[language], tone.pitch_hz).name
        speed = float(np.interp(rate, _RATES, _SPEEDS))
        gain_db = GAIN_DB.get(voice, USUAL_GAIN_DB) + tone.gain_db
        return await self._processes.ask(clause, LANGUAGES[language][1], voice, speed, gain_db)
