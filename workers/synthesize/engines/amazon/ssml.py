"""What Polly is told besides the words. No I/O.

By its documentation: rate and volume for every class of voices, pitch for `standard` only.
"""

from typing import Final
from xml.sax.saxutils import escape

from workers.synthesize.engine import HIGH_HZ, Tone
from workers.synthesize.engines.pieces import MOST_CHARACTERS

MOST_BILLED, MOST_ALL = 3_000, 6_000
"""Characters of one request: of the words, and with the markup."""
assert MOST_CHARACTERS < MOST_BILLED
_SLOWEST, _FASTEST = 20, 200
_LOUDER_DB: Final = 6
_MAN_HZ, _WOMAN_HZ = 115.0, 205.0
"""About what Polly's voices speak at."""
_HIGHER: Final = 20
"""Per cent, up or down."""


def ssml(text: str, kind: str, rate: float, tone: Tone) -> str:
    """Of one piece; `kind`: class of the voice; `rate` times the usual speed."""
    told = [f'rate="{min(max(round(rate * 100), _SLOWEST), _FASTEST)}%"']
    if gain := round(min(max(tone.gain_db, -_LOUDER_DB), _LOUDER_DB)):
        told.append(f'volume="{gain:+d}dB"')
    if kind == "standard" and (higher := _higher(tone.pitch_hz)):
        told.append(f'pitch="{higher:+d}%"')
    return f"<speak><prosody {' '.join(told)}>{escape(text)}</prosody></speak>"


def _higher(pitch_hz: float) -> int:
    if not pitch_hz:
        return 0
    usual = _WOMAN_HZ if pitch_hz >= HIGH_HZ else _MAN_HZ
    return round(min(max((pitch_hz / usual - 1) * 100, -_HIGHER), _HIGHER))
