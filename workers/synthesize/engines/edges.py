"""What becomes of the samples that a voice made: pieces that stand back to back without a click, a gap or a jump."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_FRAMES_S: Final = 200
_QUIET_DB: Final = -40
"""Below the loudest frame: nothing that is heard."""
_BEFORE_S: Final = 0.03
_PAUSE_S: Final = {".": 0.30, "!": 0.30, "?": 0.30, "…": 0.30, ";": 0.22, ":": 0.22, ",": 0.16, "—": 0.16}
_PAUSE_ELSE_S: Final = 0.06
"""Silence behind a piece that ends with a mark, or with none."""
_FADE_S: Final = 0.006
_KNEE: Final = 0.7
"""Of full scale: what is louder is bent, so that it never clips."""


def pcm_of(samples: NDArray[np.float32], sample_rate: int, text: str, gain_db: float) -> bytes:
    """s16le of samples from -1 to 1 that say `text`. The gain is the same for each: none is made as loud as another."""
    spoken = _trimmed(samples, sample_rate, _pause_s(text))
    fade = np.linspace(0, 1, min(int(_FADE_S * sample_rate), len(spoken) // 2), dtype=np.float32)
    if len(fade):
        spoken[: len(fade)] *= fade
        spoken[-len(fade) :] *= fade[::-1]
    louder = spoken * np.float32(10 ** (gain_db / 20))
    over = np.abs(louder) - _KNEE
    bent = np.where(over > 0, np.sign(louder) * (_KNEE + (1 - _KNEE) * np.tanh(over / (1 - _KNEE))), louder)
    pcm: bytes = (bent * 32_767).astype("<i2").tobytes()
    return pcm


def _trimmed(samples: NDArray[np.float32], sample_rate: int, pause_s: float) -> NDArray[np.float32]:
    """A copy from a moment before the first sound to the pause behind the last one."""
    frame = sample_rate // _FRAMES_S
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    loudness = np.sqrt(np.square(frames).mean(axis=1))
    heard = np.flatnonzero(loudness > loudness.max(initial=0) * 10 ** (_QUIET_DB / 20))
    if not len(heard):
        return samples[:0].copy()
    begin = max(0, heard[0] * frame - int(_BEFORE_S * sample_rate))
    until = (heard[-1] + 1) * frame
    pause = int(pause_s * sample_rate)
    kept = samples[begin : until + pause].copy()
    return np.pad(kept, (0, until + pause - begin - len(kept)))


def _pause_s(text: str) -> float:
    marks = text.rstrip("\"'”\u2019»)] \n")
    return _PAUSE_S.get(marks[-1:], _PAUSE_ELSE_S)
