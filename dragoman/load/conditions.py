"""Conditions under which a load has failed, as `ttft_p95>2.5s`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal, get_args

from dragoman.load.figures import NAMES, LoadFigures
from dragoman.runtime.errors import DragomanError

Sign = Literal[">=", "<=", ">", "<"]
_UNITS: Final = {"ms": 0.001, "s": 1.0, "%": 0.01, "": 1.0}
_WRITTEN: Final = re.compile(rf"\s*([\w-]+)\s*({'|'.join(get_args(Sign))})\s*([0-9.]+)\s*(ms|s|%|)\s*")


@dataclass(frozen=True)
class Condition:
    """A number must not be so."""

    text: str
    """As it was written."""
    name: str
    sign: Sign
    limit: float
    """Seconds, or a share."""

    def holds(self, value: float) -> bool:
        """The number is as it must not be."""
        match self.sign:
            case ">":
                return value > self.limit
            case "<":
                return value < self.limit
            case ">=":
                return value >= self.limit
            case "<=":
                return value <= self.limit


def condition(text: str) -> Condition:
    """One that was written by hand. Raises DragomanError."""
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise DragomanError(f"--fail-if {text!r} is no condition: write it as 'ttft_p95>2.5s' or 'success<99%'")
    name, sign, number, unit = found.groups()
    if name not in NAMES:
        close = get_close_matches(name, NAMES, n=1)
        told = (
            f"did you mean {close[0]}?" if close else "it is as ttft_p95, total_mean, control_max, success or failures"
        )
        raise DragomanError(f"--fail-if {text!r}: no figure is called {name}: {told}")
    if (unit in ("s", "ms")) == (name in ("success", "failures")) or (unit == "%") > (name == "success"):
        wanted = {"success": "%, as in success<99%", "failures": "no unit, as in failures>0"}
        raise DragomanError(f"--fail-if {text!r}: {name} has {wanted.get(name, 's or ms, as in ttft_p95>2.5s')}")
    try:
        limit = float(number) * _UNITS[unit]
    except ValueError:
        raise DragomanError(f"--fail-if {text!r}: {number} is no number") from None
    return Condition(text, name, next(each for each in get_args(Sign) if each == sign), limit)


def failed(conditions: Sequence[Condition], figures: LoadFigures) -> list[str]:
    """What is as it must not be, and what could not be told, in words."""
    wrong = []
    for each in conditions:
        value = figures.value(each.name)
        if value is None:
            wrong.append(f"{each.text}: {each.name} was not measured, as there were too few samples")
        elif each.holds(value):
            wrong.append(f"{each.text}: it is {written(each.name, value)}")
    return wrong


def written(name: str, value: float) -> str:
    """With its unit."""
    if name == "success":
        return f"{100 * value:.2f} %"
    return f"{value:.0f}" if name == "failures" else f"{value:.3f} s"
