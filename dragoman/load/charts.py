"""Charts as SVG, without a script; with colours that are readable in light and dark."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from dragoman.load.distribution import Distribution

WIDTH: Final = 720
LEFT: Final = 120
ROW: Final = 30
BINS: Final = 40
HEIGHT: Final = 160
FOOT: Final = 24
NAME: Final = 14
"""Height of a line of text."""
COLOURS: Final = """
:root { color-scheme: light dark; --ink: #1b1b1f; --ground: #ffffff; --line: #77777f; --bar: #2c6fbb; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6ea; --ground: #17171a; --line: #9a9aa3; --bar: #7fb2f0; --bad: #ff8a80; }
}
"""
MARKS: Final = """
svg { background: var(--ground); } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .thin { stroke: var(--line); } svg .mark { stroke: var(--ink); stroke-width: 2; }
svg .bar { fill: var(--bar); } svg .bad { fill: var(--bad); } svg .line { fill: none; stroke: var(--bar); }
"""


def spans(figures: Mapping[str, Distribution], title: str) -> str:
    """For each figure a line from its least to its greatest, with a bar to the p95 (or the mean) and the median."""
    most = max((each.max or 0.0 for each in figures.values()), default=0.0) or 1.0
    rows = [_span(name, each, number, most) for number, (name, each) in enumerate(figures.items())]
    height = ROW * len(rows) + FOOT
    return _svg(title, height, "".join(rows) + _axis(most, height - FOOT))


def _span(name: str, each: Distribution, number: int, most: float) -> str:
    y = ROW * number + ROW / 2
    least, greatest = _x(each.min or 0.0, most), _x(each.max or 0.0, most)
    until = each.p95 if each.p95 is not None else each.mean or 0.0
    middle = each.median if each.median is not None else each.mean or 0.0
    told = ", ".join(f"{key} {value:.3f} s" for key, value in _known(each).items())
    return (
        f"<g><title>{escape(f'{name}: {told}')}</title>"
        f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>'
        f'<line class="thin" x1="{least:.1f}" x2="{greatest:.1f}" y1="{y}" y2="{y}"/>'
        f'<rect class="bar" x="{least:.1f}" y="{y - 7}" width="{max(2.0, _x(until, most) - least):.1f}" height="14"/>'
        f'<line class="mark" x1="{_x(middle, most):.1f}" x2="{_x(middle, most):.1f}" y1="{y - 10}" y2="{y + 10}"/></g>'
    )


def histogram(values: Sequence[float], title: str) -> str:
    """How many samples lie where; the tallest bar says how many those are."""
    if not values:
        return ""
    most = max(values) or 1.0
    counts = [0] * BINS
    for value in values:
        counts[min(BINS - 1, int(BINS * value / most))] += 1
    tallest, wide = max(counts), (WIDTH - LEFT - 20) / BINS
    bars = "".join(
        f'<rect class="bar" x="{LEFT + number * wide:.1f}" y="{HEIGHT - HEIGHT * count / tallest:.1f}"'
        f' width="{wide - 1:.1f}" height="{HEIGHT * count / tallest:.1f}"><title>'
        f"{most * number / BINS:.3f} to {most * (number + 1) / BINS:.3f} s: {count}</title></rect>"
        for number, count in enumerate(counts)
    )
    scale = f'<text x="{LEFT - 10}" y="12" text-anchor="end">{tallest}</text>'
    return _svg(title, HEIGHT + FOOT, bars + scale + _axis(most, HEIGHT))


def shares(parts: Mapping[str, int], title: str) -> str:
    """One bar of several parts; the first is what is good."""
    total = sum(parts.values())
    if not total:
        return ""
    at, drawn = float(LEFT), []
    for number, (name, many) in enumerate(parts.items()):
        wide = (WIDTH - LEFT - 20) * many / total
        kind = "bar" if number == 0 else "bad"
        told = f"{name}: {many} of {total}"
        drawn.append(
            f'<rect class="{kind}" x="{at:.1f}" y="6" width="{max(0.0, wide - 1):.1f}" height="18">'
            f"<title>{escape(told)}</title></rect>"
        )
        at += wide
    first = next(iter(parts))
    label = f'<text x="{LEFT - 10}" y="19" text-anchor="end">{escape(first)}</text>'
    return _svg(title, 32, label + "".join(drawn))


def _axis(most: float, y: float) -> str:
    """Four steps of seconds."""
    marks = []
    for step in range(5):
        value = most * step / 4
        marks.append(
            f'<text x="{_x(value, most):.1f}" y="{y + 17}" text-anchor="middle">{value:.2f} s</text>'
            f'<line class="thin" x1="{_x(value, most):.1f}" x2="{_x(value, most):.1f}" y1="{y}" y2="{y + 4}"/>'
        )
    return "".join(marks)


def _x(value: float, most: float) -> float:
    return LEFT + (WIDTH - LEFT - 20) * value / most


def _known(each: Distribution) -> dict[str, float]:
    named = {"min": each.min, "mean": each.mean, "median": each.median, "p95": each.p95, "p99": each.p99}
    return {key: value for key, value in (named | {"max": each.max}).items() if value is not None}


def _svg(title: str, height: float, inside: str) -> str:
    return f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {height:g}" width="100%">{inside}</svg>'


def steps(points: Mapping[str, Sequence[tuple[float, float]]], title: str) -> str:
    """Lines over a number of sessions, one a name, each with its name at its end; seconds go up."""
    everything = [point for line in points.values() for point in line]
    if not everything:
        return _svg(title, HEIGHT + FOOT, "")
    most_x = max(x for x, _ in everything) or 1.0
    most_y = max(y for _, y in everything) or 1.0
    wide = WIDTH - LEFT - 120
    drawn = [
        f'<text x="{LEFT - 10}" y="18" text-anchor="end">{most_y:.2f} s</text>'
        f'<line class="thin" x1="{LEFT}" x2="{LEFT + wide}" y1="{HEIGHT}" y2="{HEIGHT}"/>'
    ]
    for x in sorted({x for x, _ in everything}):
        at = LEFT + wide * x / most_x
        drawn.append(f'<text x="{at:.1f}" y="{HEIGHT + 17}" text-anchor="middle">{x:g}</text>')
    ends: list[tuple[float, float, str]] = []
    for name, line in points.items():
        places = [(LEFT + wide * x / most_x, HEIGHT - (HEIGHT - 14) * y / most_y) for x, y in sorted(line)]
        drawn += [f'<circle class="bar" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in places]
        drawn.append(f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
        ends += [(places[-1][1], places[-1][0], name)] if places else []
    below = HEIGHT + 4.0
    for y, x, name in sorted(ends, reverse=True):
        below = min(y, below - NAME)  # names of lines that end beside each other stand one above the other
        drawn.append(f'<text x="{x + 10:.1f}" y="{below + 4:.1f}">{escape(name)}</text>')
    return _svg(title, HEIGHT + FOOT, "".join(drawn))


def standalone(svg: str, width: int) -> str:
    """A file of its own, with its colours, for light and dark."""
    inside = svg.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" style="max-width: {width}px" ', 1)
    head, closed, rest = inside.partition(">")
    return f"{head}{closed}<style>{COLOURS}{MARKS}</style>{rest}\n"
