"""A process with one of Piper's voices: `python -m workers.synthesize.engines.piper.process MODEL.onnx`.

Piper's licence is the GPL: it is imported here, and nowhere else. A request is text, speed, gain (dB).
"""

import json
import sys
from pathlib import Path

import numpy as np

from workers.synthesize.engines.edges import pcm_of
from workers.synthesize.engines.process.serving import Speak, run


def prepare(model: Path) -> Speak:
    """Loads the voice. Raises ImportError, OSError, ValueError."""
    import onnxruntime as ort
    from piper import PiperVoice, SynthesisConfig
    from piper.config import PiperConfig

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    config = PiperConfig.from_dict(json.loads(Path(f"{model}.json").read_text()))
    voice = PiperVoice(session=session, config=config)

    def speak(text: str, speed: float, gain_db: float) -> bytes:
        slower = SynthesisConfig(length_scale=config.length_scale / speed, normalize_audio=False)
        samples = [chunk.audio_float_array for chunk in voice.synthesize(text, slower)]
        together = np.concatenate(samples) if samples else np.zeros(0, np.float32)
        return pcm_of(together, config.sample_rate, text, gain_db)

    return speak


if __name__ == "__main__":
    run(lambda: prepare(Path(sys.argv[1])))
