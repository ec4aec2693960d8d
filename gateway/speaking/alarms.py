"""When the speaker is warned of bad audio, and in which words. No I/O.

A warning comes again every 30 s while it stays bad, so that whoever shows it may take it away after a little more.
"""

from gateway.speaking.quality import QUIET_DB, Measured
from schemas.socket import Warning, WarningCode

AGAIN_S = 30
"""A kind of warning comes at most once in this time."""

CLIPPED, NOT_CLIPPED = 0.001, 0.0002
"""Share of clipped samples: clean recordings have none, 0.002 to 0.009 if they are 12 dB too loud, and twenty times as
much if they are 20 dB too loud, when recognisers begin to fail."""
NOISY_DB, NOT_NOISY_DB = 15.0, 18.0
"""Speech over the floor: 15 dB are a ratio of signal to noise of about 10 dB; clean recordings have 21 or more."""
NOISY_S = 5
"""Seconds in which it was so: when a pause fills the window, for a second half of its speech counts as noise."""
QUIET_S, NOT_QUIET_DB = 10, QUIET_DB + 3
"""Seconds in which speech was too soft, as it may be when somebody whispers; and from which level on it is not."""
SILENT_S, SILENT_AGAIN_S = 10, 20
"""Seconds without any sound: of a microphone that was never heard; of one that was, whose noise may be cut away while
its speaker thinks."""

_WORDS: dict[WarningCode, str] = {
    "clipping": "Your microphone is too loud and distorts: turn it down or move away from it.",
    "noise": "There is much noise around you: move closer to the microphone or go where it is quieter.",
    "quiet": "You are hardly heard: move closer to the microphone or turn it up.",
    "silence": "Nothing is heard from your microphone: check that it is switched on, plugged in and chosen.",
    "echo": "Your microphone hears the translation: use headphones or turn the loudspeaker down.",
}


class Alarm:
    """One kind of warning."""

    def __init__(self, patience_s: int = 1) -> None:
        self._patience_s = patience_s
        self._bad_s = 0
        self._told = -AGAIN_S

    def due(self, seconds: int, *, bad: bool, good: bool) -> bool:
        """Whether to warn now. What is neither `bad` nor `good` changes nothing."""
        if good:
            self._bad_s = 0
        self._bad_s += bad
        if not bad or self._bad_s < self._patience_s or seconds - self._told < AGAIN_S:
            return False
        self._told = seconds
        return True


class Alarms:
    """What to tell the speaker, second by second."""

    def __init__(self) -> None:
        self._clipping, self._noise, self._silence, self._echo = Alarm(), Alarm(NOISY_S), Alarm(), Alarm()
        self._quiet = Alarm(QUIET_S)

    def hear(self, now: Measured, echo: float | None) -> list[Warning]:
        """The warnings that are due; `echo` is how alike the translation and the microphone are, if they are."""
        due: list[Warning] = []
        at, snr = now.seconds, now.snr_db
        if self._clipping.due(at, bad=now.clipping >= CLIPPED, good=now.clipping < NOT_CLIPPED):
            due.append(_warning("clipping", clipping=now.clipping, levelDb=now.level_db, runs=now.clipped_runs))
        noisy, clear = (snr < NOISY_DB, snr >= NOT_NOISY_DB) if snr is not None and now.whole else (False, False)
        if snr is not None and self._noise.due(at, bad=noisy, good=clear):
            due.append(_warning("noise", snrDb=snr, levelDb=now.level_db))
        if self._quiet.due(at, bad=now.quiet and now.whole, good=now.level_db >= NOT_QUIET_DB):
            due.append(_warning("quiet", levelDb=now.level_db))
        patience_s = SILENT_AGAIN_S if now.heard else SILENT_S
        if self._silence.due(at, bad=now.silent_s >= patience_s, good=now.silent_s == 0):
            due.append(_warning("silence", silentMs=now.silent_s * 1000, levelDb=now.level_db))
        if self._echo.due(at, bad=echo is not None, good=echo is None):
            due.append(_warning("echo", likeness=echo or 0.0))
        return due


def _warning(code: WarningCode, **figures: float) -> Warning:
    return Warning(code=code, message=_WORDS[code], figures={name: float(value) for name, value in figures.items()})
