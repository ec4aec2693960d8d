"""The piper synthesizer: a process for each voice that was used lately."""

import asyncio
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from dragoman.models.folder import ModelsFolder
from dragoman.models.manifest import SHIPPED, read_manifest
from workers.errors import EngineError, EngineRefused, EngineUnavailable
from workers.synthesize.engine import NEUTRAL, PROBE, Sound, Tone, Voice, only, voice_for
from workers.synthesize.engines.pieces import pieces
from workers.synthesize.engines.piper.loaded import Loaded, most_loaded
from workers.synthesize.engines.piper.voices import PiperVoice, voices_by_language, voices_in
from workers.synthesize.engines.process import Spoken
from workers.synthesize.engines.readable import readable
from workers.synthesize.memory import usable_mb

_MODULE: Final = "workers.synthesize.engines.piper.process"
_RATES: Final = (0.64, 0.78, 0.88, 0.97, 1.0, 1.04, 1.11, 1.18, 1.25, 1.34, 1.40, 1.5)
_SPEEDS: Final = (0.56, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8)
"""What Piper has to be told for each rate: it rounds the length of every sound up."""
_GAIN_DB: Final = 4.5
"""Makes it as loud as the other engines are."""


class PiperSynthesizer:
    """Speaks every language that the models folder has a voice of Piper's for."""

    name = "piper"
    rough, by_clause = False, False

    def __init__(
        self,
        folder: Path,
        timeout_s: float = 10,
        memory_mb: int = 1024,
        pinned: Mapping[str, str] = {},
        usable: float | None = None,
        manifest: Path = SHIPPED,
    ) -> None:
        """`folder`: of all models; `timeout_s`: for a piece of a text, without its wait for the others; `memory_mb`: of
        each process; `pinned`: the voice of a language; `usable`: MB of this machine or container; `manifest`: what
        voices there could be."""
        self._pinned, self._folder, self._listed = pinned, folder, manifest
        self.cost = 0.0
        self._voices: dict[str, PiperVoice] = {}
        self._loaded = Loaded(timeout_s, memory_mb, most_loaded(usable_mb() if usable is None else usable))
        self._take(*self._found())

    async def look(self) -> bool:
        """Takes up voices that came, and lets go those that went; True if there are some."""
        before = self._voices
        self._take(*await asyncio.to_thread(self._found))
        for gone in before.keys() - self._voices.keys():
            await self._loaded.remove(gone)
        return before != self._voices

    def _found(self) -> tuple[list[PiperVoice], dict[str, str]]:
        """The voices that are there, and the name of the model of each language that has none and could have one."""
        absent: dict[str, str] = {}
        folder = ModelsFolder(self._folder)
        for model in read_manifest(self._listed).models:
            if (model.engine, model.kind) == (self.name, "voice") and folder.state(model) not in ("there", "other"):
                absent.update({tag: model.name for tag in model.languages if tag not in absent})
        return voices_in(self._folder), absent if find_spec("piper") else {}

    def _take(self, voices: list[PiperVoice], absent: dict[str, str]) -> None:
        self.absent = absent
        self._voices = {voice.name: voice for voice in voices}
        self._by_language = voices_by_language(voices)
        self.voices: Mapping[str, tuple[Voice, ...]] = {
            tag: only(tuple(Voice(voice.name, voice.sex) for voice in those), self._pinned.get(tag))
            for tag, those in self._by_language.items()
        }
        self.languages = frozenset(self.voices)
        for voice in voices:
            self._loaded.add(voice.name, (sys.executable, "-m", _MODULE, str(voice.model)))

    async def start(self) -> None:
        """Speaks a sentence with the first voice. Raises EngineUnavailable."""
        if find_spec("piper") is None:
            raise EngineUnavailable("piper-tts is not installed: pip install 'dragoman[local]'")
        if not self.languages:
            raise EngineUnavailable(f"no voice of Piper's in {self._folder}: dragoman models list names them")
        voice = self._by_language["en" if "en" in self.languages else min(self.languages)][0]
        try:
            await self._speak(voice, "one", 1.0, NEUTRAL)  # loads the voice
            probe = await self._speak(voice, PROBE, 1.0, NEUTRAL)
        except EngineError as error:
            raise EngineUnavailable(f"Piper's voice {voice.name} does not work: {error}") from error
        if not probe.pcm:
            raise EngineUnavailable(f"Piper's voice {voice.name} is silent: dragoman models fetch piper-{voice.name}")
        self.cost = probe.worked_s / Sound(probe.pcm, voice.sample_rate).seconds

    async def synthesize(self, text: str, language: str, rate: float, tone: Tone = NEUTRAL) -> Sound:
        """Speaks `text`; what has no letter, digit or symbol gives a Sound of length 0.

        Raises EngineTimeout, EngineCrashed, and EngineRefused for a language that is not in `languages`.
        """
        voice = self._voice(language, tone)
        spoken = [await self._speak(voice, piece, rate, tone) for piece in pieces(readable(text, language))]
        return Sound(b"".join(each.pcm for each in spoken), voice.sample_rate)

    async def close(self) -> None:
        """Ends the processes; calls that are under way raise EngineCrashed."""
        await self._loaded.close()

    def _voice(self, language: str, tone: Tone) -> PiperVoice:
        if language not in self.voices:
            raise EngineRefused(f"Piper has no voice for {language}.")
        name = voice_for(self.voices[language], tone.pitch_hz).name
        return next(voice for voice in self._by_language[language] if voice.name == name)

    async def _speak(self, voice: PiperVoice, piece: str, rate: float, tone: Tone) -> Spoken:
        speed = float(np.interp(rate, _RATES, _SPEEDS))
        return await self._loaded.ask(voice.name, piece, speed, _GAIN_DB + tone.gain_db)
