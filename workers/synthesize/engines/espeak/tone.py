"""How espeak-ng sounds as the speaker does: its options besides a text."""

from typing import Final

import numpy as np

from workers.synthesize.engine import HIGH_HZ, Tone

_WORDS_PER_MINUTE: Final = 175
_SLOWEST, _FASTEST = 80, 450
_QUIETEST, _USUAL, _LOUDEST = 25, 100, 150
"""Amplitudes; beyond the loudest many samples are at full scale."""
_WOMAN: Final = "+f2"
_PITCHES: Final = (0, 25, 50, 75, 99)
_MAN_HZ, _WOMAN_HZ = (71, 85, 104, 132, 172), (133, 161, 198, 253, 327)
"""Median F0 of espeak-ng at these pitches, in every language within 6 %."""


def options_of(voice: str, rate: float, tone: Tone) -> list[str]:
    """For a voice of espeak-ng."""
    words_per_minute = min(max(round(_WORDS_PER_MINUTE * rate), _SLOWEST), _FASTEST)
    amplitude = min(max(round(_USUAL * 10 ** (tone.gain_db / 20)), _QUIETEST), _LOUDEST)
    told = ["-s", str(words_per_minute), "-a", str(amplitude)]
    if not tone.pitch_hz:
        return ["-v", voice, *told]
    high = tone.pitch_hz >= HIGH_HZ
    pitch = round(float(np.interp(tone.pitch_hz, _WOMAN_HZ if high else _MAN_HZ, _PITCHES)))
    return ["-v", f"{voice}{_WOMAN if high else ''}", *told, "-p", str(pitch)]
