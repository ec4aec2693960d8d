"""What several parts of one program say on one terminal: lines, and below them one that is not finished."""

from collections.abc import Callable
from typing import Final

CLEAR_LINE: Final = "\r\x1b[2K"


class Screen:
    """Every line begins at the left, whoever says it. What is not finished is shown on a terminal only."""

    def __init__(self, echo: Callable[..., None], *, tty: bool, width: Callable[[], int]) -> None:
        self._echo, self._tty, self._width = echo, tty, width
        self._open = False

    def line(self, text: str) -> None:
        """A line; it takes the place of what was not finished."""
        self._echo((CLEAR_LINE if self._open else "") + text)
        self._open = False

    def unfinished(self, label: str, text: str) -> None:
        """Takes the place of the last one; of a text that is longer than the terminal is wide the end is shown."""
        if not self._tty:
            return
        room = self._width() - len(label) - 1  # a line that is full would go on in the next one
        shown = text if len(text) <= room else f"…{text[len(text) - max(room - 1, 0) :]}"
        self._echo(f"{CLEAR_LINE}{label}{shown}", nl=False)
        self._open = True
