"""How a figure went in the last minutes, for a small curve."""

from typing import Final

STEP_S: Final = 2
POINTS: Final = 150
"""Five minutes."""


class Trend:
    """A point for every two seconds: the highest of what was seen in them. Where nothing was known there is none."""

    def __init__(self) -> None:
        self._points: dict[int, float] = {}

    def add(self, at_s: float, value: float) -> None:
        """Takes what was seen at a time, Unix s."""
        step = int(at_s // STEP_S)
        self._points[step] = max(value, self._points.get(step, value))
        for old in [each for each in self._points if each <= step - POINTS]:
            del self._points[old]

    def points(self, now_s: float) -> list[float | None]:
        """From the oldest to the newest step that is over."""
        newest = int(now_s // STEP_S)
        return [self._points.get(step) for step in range(newest - POINTS, newest)]
