"""A process with Kokoro: `python -m workers.synthesize.engines.kokoro.process FOLDER`, which holds the model.

A request is text, espeak-ng's name of the language, voice, speed, gain (dB). espeak-ng runs as a program of
its own, for each piece: its licence is the GPL.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from workers.synthesize.engines.edges import pcm_of
from workers.synthesize.engines.kokoro.files import MODEL, SAMPLE_RATE, VOCABULARY
from workers.synthesize.engines.kokoro.phonemes import readings, tokens
from workers.synthesize.engines.process.serving import Speak, run
from workers.synthesize.engines.readable import readable

_PROVIDERS: Final = ("CUDAExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider")
"""The first that is there does most of the work."""
_PHONEMES_S: Final = 5
_STYLE: Final = 256
"""Numbers of a voice for one length of text."""


def prepare(folder: Path) -> Speak:
    """Loads the model. Raises ImportError, OSError, ValueError."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    providers = [name for name in _PROVIDERS if name in ort.get_available_providers()]
    session = ort.InferenceSession(str(folder / MODEL), options, providers=providers)
    vocabulary: dict[str, int] = json.loads((folder / VOCABULARY).read_text())["vocab"]

    @cache
    def style(voice: str) -> NDArray[np.float32]:
        return np.fromfile(folder / "voices" / f"{voice}.bin", np.float32).reshape(-1, _STYLE)

    def speak(text: str, language: str, voice: str, speed: float, gain_db: float) -> bytes:
        line = readable(text, language)
        numbers = tokens(line, lambda piece: _ipa(piece, language), vocabulary) if line else []
        spoken = [read(piece, voice, speed) for piece in readings(numbers, vocabulary[" "])]
        return pcm_of(np.concatenate(spoken), SAMPLE_RATE, text, gain_db) if spoken else b""

    def read(numbers: list[int], voice: str, speed: float) -> NDArray[np.float32]:
        inputs: dict[str, Any] = {
            "tokens": np.array([[0, *numbers, 0]], np.int64),
            "style": style(voice)[len(numbers)][None],
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(session.run(None, inputs)[0], np.float32).reshape(-1)

    return speak


def _ipa(piece: str, language: str) -> str:
    """Raises CalledProcessError, TimeoutExpired, which end the process."""
    argv = ["espeak-ng", "-q", "-v", language, "--ipa=1", "--tie=^", "--stdin"]
    done = subprocess.run(argv, input=piece.encode(), capture_output=True, timeout=_PHONEMES_S, check=True)
    return done.stdout.decode(errors="replace")


if __name__ == "__main__":
    run(lambda: prepare(Path(sys.argv[1])))
