"""How Pico sounds as the speaker does: what it is told besides a text."""

from typing import Final, NamedTuple

from workers.synthesize.engine import Tone

_VOLUME: Final = 0.35
"""As loud as espeak-ng. At 1.0 Pico is at -9 dBFS, and every hundredth sample at full scale."""
_SPEED_PER_RATE: Final = 1.12
"""The silence behind a text does not shrink."""
_PITCH_HZ: Final = {"en-GB": 177, "en-US": 177, "es-ES": 193, "fr-FR": 194, "it-IT": 178, "de-DE": 168}
"""Median F0 of each voice; all are women's."""
_PITCH: Final = (0.75, 1.3)
"""A man sounds lower by this, and no woman hoarse."""


class Controls(NamedTuple):
    """Factors of what is usual."""

    speed: float
    pitch: float
    volume: float


def controls(voice: str, rate: float, tone: Tone) -> Controls:
    """For one of Pico's voices."""
    pitch = min(max(tone.pitch_hz / _PITCH_HZ[voice], _PITCH[0]), _PITCH[1]) if tone.pitch_hz else 1.0
    speed = 1 + (rate - 1) * _SPEED_PER_RATE
    return Controls(round(speed, 3), round(pitch, 3), round(_VOLUME * 10 ** (tone.gain_db / 20), 3))
