"""When the speaker is told that nothing can be kept, and in which words. No I/O."""

from schemas.socket import Warning

UNKEPT_S = 5.0
"""A broker that is started again takes less."""
AGAIN_S = 30.0
"""It comes again while it stays so: whoever shows it may take it away after a little more."""

_MESSAGE = (
    "Nothing can be kept at the moment. What you say is held back and sent again by itself, but not for longer than "
    "about a minute: pause if you can."
)


class Unkept:
    """Of one speaker's socket."""

    def __init__(self) -> None:
        self._told: float | None = None

    def look(self, now: float, waiting_s: float, *, refused: bool) -> Warning | None:
        """The warning when it is due. `now` counts seconds; audio has waited `waiting_s` for the log, or is refused."""
        if waiting_s < UNKEPT_S and not refused:
            self._told = None
            return None
        if self._told is not None and now - self._told < AGAIN_S:
            return None
        self._told = now
        return Warning(code="not-kept", message=_MESSAGE, figures={"waitingMs": float(round(waiting_s * 1000))})
