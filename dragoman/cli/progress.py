"""How much of a recording was spoken, and how long the rest takes, on one line of a terminal."""

import time
from collections.abc import Callable
from typing import Final

import click

from dragoman.cli.terminal import CLEAR_LINE
from schemas.audio import SAMPLE_RATE

EVERY_S: Final = 1.0


def _stderr(text: str) -> None:
    click.echo(text, nl=False, err=True)


class Progress:
    """Written over once a second at most."""

    def __init__(
        self,
        duration_s: float | None,
        *,
        shown: bool,
        echo: Callable[[str], None] = _stderr,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`duration_s`: of all that will be spoken; None: nobody knows."""
        self._duration_s, self._shown, self._echo, self._clock = duration_s, shown, echo, clock
        self._from: int | None = None
        self._begun = clock()
        self._last = self._begun - EVERY_S

    def show(self, position: int) -> None:
        """All samples of the session below `position` were sent; it may have begun before this recording."""
        now = self._clock()
        if self._from is None:
            self._from = position
        if not self._shown or now - self._last < EVERY_S:
            return
        self._last = now
        spoken_s = (position - self._from) / SAMPLE_RATE
        self._echo(f"{CLEAR_LINE}{line(spoken_s, now - self._begun, self._duration_s)}")

    def clear(self) -> None:
        """Nothing of it stays."""
        if self._shown:
            self._echo(CLEAR_LINE)


def line(spoken_s: float, took_s: float, duration_s: float | None) -> str:
    """As `12:34 of 1:00:00, 47:26 left`: the rest goes as fast as what is spoken went."""
    if duration_s is None:
        return f"{clock_time(spoken_s)} spoken"
    left_s = max(0.0, duration_s - spoken_s)
    pace = min(1.0, took_s / spoken_s) if spoken_s > 1 else 1.0
    return f"{clock_time(spoken_s)} of {clock_time(duration_s)}, {clock_time(left_s * pace)} left"


def clock_time(seconds: float) -> str:
    """As `1:02` or `1:00:02`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
