"""A process with Festival: `python -m workers.synthesize.engines.festival.process`. A request is text, rate, gain (dB).

Festival is told one thing after the other through a pipe. Its server would do what anybody on this machine tells it.
"""

import re
import subprocess
from typing import Final

import numpy as np

from dragoman.runtime.children import dying_with_parent
from workers.synthesize.engines.edges import pcm_of
from workers.synthesize.engines.festival.voice import NAME, SAMPLE_RATE
from workers.synthesize.engines.process.serving import Speak, run

_CODING: Final = "iso-8859-15"
_WAV_HEADER_BYTES: Final = 44
_LONG_NUMBER: Final = re.compile(r"\d{10,}")
_THREE: Final = re.compile(r"\d{1,3}")
"""Festival ends with a number that is no integer of a machine's: it gets three digits at a time."""
_SAY: Final = (
    '(begin (set! hts_engine_params (cons (list "-r" {rate:.3f}) {voice}::hts_engine_params))'
    ' (unwind-protect (utt.save.wave (utt.synth (Utterance Text "{text}")) "-" (quote riff))'
    ' (utt.save.wave (utt.synth (Utterance Text "")) "-" (quote riff))) (fflush nil))\n'
)
"""In Scheme. Where it fails with a text the reply has no sound."""


def prepare() -> Speak:
    """Raises OSError."""
    argv = dying_with_parent(["festival", "--pipe"])
    festival = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert festival.stdin
    assert festival.stdout
    told, heard = festival.stdin, festival.stdout
    told.write(f"(voice_{NAME})\n".encode())

    def read(count: int) -> bytes:
        found = heard.read(count)
        if len(found) < count:
            raise EOFError("Festival ended")
        return found

    def speak(text: str, rate: float, gain_db: float) -> bytes:
        told.write(_SAY.format(rate=rate, voice=NAME, text=_literal(text)).encode(_CODING))
        told.flush()
        length = int.from_bytes(read(_WAV_HEADER_BYTES)[-4:], "little")
        samples = np.frombuffer(read(length), "<i2").astype(np.float32) / np.float32(32_768)
        return pcm_of(samples, SAMPLE_RATE, text, gain_db)

    return speak


def _literal(text: str) -> str:
    """Without what would end the literal in Scheme, and what the voice's letters lack."""
    plain = text.replace("\\", " ").replace('"', " ").replace("\u2019", "'")
    plain = _LONG_NUMBER.sub(lambda number: " ".join(_THREE.findall(number[0])), plain)
    return plain.encode(_CODING, "ignore").decode(_CODING)


if __name__ == "__main__":
    run(prepare)
