"""How the voice is to sound: as the speaker does, smoothed over several utterances, and faster when it falls behind."""

from collections import deque
from math import exp, log
from statistics import fmean, median
from typing import Final

from schemas.messages import Prosody
from workers.synthesize.engine import HIGH_HZ, Tone

SMOOTHED_OVER: Final = 4
"""Utterances."""
FOLLOWED: Final = (0.8, 1.35)
"""The slowest and the fastest speaker that a voice follows."""
FASTEST: Final = 1.35
"""Speech catches up at no more than this pace."""
CATCH_UP_MS: Final = 1_500
"""Backlog of unheard speech at which the pace is the fastest."""
RATES: Final = (0.7, 1.4)
"""What engines take."""
_STEP: Final = 0.15
"""The rate changes by no more from one sentence to the next."""

_LOUDEST_DB: Final = 6.0
_STEP_DB: Final = 2.0
_USUAL_OVER: Final = 100
"""Utterances from which it is told how loud somebody usually is."""

_APART: Final = 1.1
"""Who is high is low only below 155 Hz by this factor, and the other way round: a voice does not change to and fro."""


class Delivery:
    """Of one language of a session."""

    def __init__(self) -> None:
        self._speed = deque([1.0] * SMOOTHED_OVER, SMOOTHED_OVER)
        self._pitch: deque[float] = deque(maxlen=SMOOTHED_OVER)
        """Logarithms: steps of melody."""
        self._loudness: deque[float] = deque(maxlen=_USUAL_OVER)
        self._rate = 1.0
        """The last one."""
        self._gain_db = 0.0
        self._high: bool | None = None
        """None: the pitch is not known."""

    def follow(self, prosody: Prosody | None) -> None:
        """Takes how the next utterance was spoken, whether it will be heard or not."""
        if prosody is None:
            return
        if prosody.rate:
            self._speed.append(_within(prosody.rate, FOLLOWED))
        if prosody.pitch_hz:
            self._pitch.append(log(prosody.pitch_hz))
            self._high = self._pitch_hz >= HIGH_HZ * {None: 1, True: 1 / _APART, False: _APART}[self._high]
        self._loudness.append(prosody.loudness_db)
        now_db = fmean(list(self._loudness)[-SMOOTHED_OVER:]) - median(self._loudness)
        self._gain_db = _near(_within(now_db, (-_LOUDEST_DB, _LOUDEST_DB)), self._gain_db, _STEP_DB)

    def rate(self, backlog_ms: int) -> float:
        """How fast the next sentence is to be spoken when so much speech is still unheard."""
        speed, behind = fmean(self._speed), min(1.0, max(0, backlog_ms) / CATCH_UP_MS)
        fastest = max(FASTEST, FASTEST * speed)  # a slow speaker without pauses is not caught up with slowly
        self._rate = _near(_within(speed + behind * (fastest - speed), RATES), self._rate, _STEP)
        return self._rate

    @property
    def tone(self) -> Tone:
        """Of the next sentence. A pitch is on the side of 155 Hz where the speaker's usually is."""
        if self._high is None:
            return Tone(gain_db=self._gain_db)
        side = (HIGH_HZ, float("inf")) if self._high else (0.0, HIGH_HZ - 1)
        return Tone(gain_db=self._gain_db, pitch_hz=_within(self._pitch_hz, side))

    @property
    def _pitch_hz(self) -> float:
        return exp(fmean(self._pitch))


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _near(value: float, last: float, step: float) -> float:
    return _within(value, (last - step, last + step))
