"""How an utterance was spoken: how loud, how high, how fast. Samples and text in, figures out.

It takes about a millisecond for a second of audio, and no more than six for the pitch, however long that is.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.audio import SAMPLE_RATE
from schemas.messages import Prosody
from workers.transcribe.pitch import FRAME, RATE, Floats, pitches
from workers.transcribe.syllables import rate_of

_STEPS_S: Final = 50
"""Steps a second: 20 ms each."""
_BELOW_PEAK_DB, _QUIETEST_DB = 35.0, -55.0
"""A step is speech if it is louder than the second (dBFS), and within the first of the loudest."""
_BRIDGED: Final = 8
"""Steps: a shorter silence belongs to a word, as that of a `p`."""
_LOOKED_AT: Final = 128
"""Frames in which a pitch is looked for: enough for a median."""
_LEAST_VOICED: Final = 10
"""Fewer with a pitch say nothing."""


def prosody(pcm: bytes, text: str, language: str) -> Prosody | None:
    """Of s16le 16 kHz mono PCM in which `text` was said; None if there is no speech in it."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
    power = _by_step(np.square(samples), SAMPLE_RATE // _STEPS_S).mean(axis=1)
    decibels = 10 * np.log10(power + 1e-12)
    speech = np.flatnonzero(decibels > max(decibels.max(initial=-120) - _BELOW_PEAK_DB, _QUIETEST_DB))
    if not text.strip() or not len(speech):
        return None
    return Prosody(
        loudness_db=round(float(10 * np.log10(power[speech].mean())), 1),
        pitch_hz=round(_pitch(samples, speech), 1),
        rate=round(rate_of(text, language, _seconds(speech)), 3),
    )


def _by_step(samples: Floats, length: int) -> Floats:
    """Whole rows of `length`."""
    return samples[: len(samples) // length * length].reshape(-1, length)


def _seconds(speech: NDArray[np.intp]) -> float:
    """How long the steps are, with the short silences between them."""
    gaps = np.diff(speech) - 1
    return float(len(speech) + gaps[gaps <= _BRIDGED].sum()) / _STEPS_S


def _pitch(samples: Floats, speech: NDArray[np.intp]) -> float:
    """Median F0 of frames that are spread over the speech, in Hz; 0: too few have one."""
    slower = _by_step(samples, SAMPLE_RATE // RATE).mean(axis=1)
    begins = speech * (RATE // _STEPS_S)
    begins = begins[begins + FRAME <= len(slower)]
    spread = begins[np.unique(np.linspace(0, len(begins) - 1, min(len(begins), _LOOKED_AT)).astype(np.intp))]
    found = pitches(slower[spread[:, None] + np.arange(FRAME)])
    return float(np.median(found)) if len(found) >= _LEAST_VOICED else 0.0
