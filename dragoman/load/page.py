"""The figures of a load as one page that loads nothing: tables, and charts as SVG."""

from collections.abc import Iterator
from html import escape

from dragoman.load.charts import COLOURS, MARKS, histogram, shares, spans
from dragoman.load.distribution import STATISTICS
from dragoman.load.figures import LoadFigures
from dragoman.load.tally import FIGURES
from dragoman.load.texts import missing, seconds, strained, summary, timing

STYLE = f"""{COLOURS}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--line); }}
th:first-child, td:first-child {{ text-align: left; }}
.wide {{ overflow-x: auto; }}
.warning {{ border: 2px solid var(--bad); padding: .5rem 1rem; }}
{MARKS}"""


def page(found: LoadFigures) -> str:
    """HTML, all of it."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Load of {escape(found.server)}</title><style>{STYLE}</style></head><body><main>"
        + "\n".join(_parts(found))
        + "</main></body></html>\n"
    )


def _parts(found: LoadFigures) -> Iterator[str]:
    yield f"<h1>Load of {escape(found.server)}</h1>"
    yield f"<p>{escape(found.began_at)}. {escape(summary(found))}.</p>"
    if found.bottleneck:
        yield f'<p class="warning" role="note">{escape(found.bottleneck)}.</p>'
    yield "<h2>Times</h2>"
    yield spans(found.figures, "Each figure from its least to its greatest, with the p95 and the median")
    yield (
        "<p>Lines go from the least to the greatest; a bar goes up to the p95, or to the mean where there are too few"
        " samples; the mark is the median.</p>"
    )
    yield _times(found)
    if few := missing(found):
        yield f"<p>A dash: {escape(few)}.</p>"
    for name in ("ttft", "first_audio", "total"):
        if values := found.samples.get(name):
            yield f"<h3>{escape(name)}: {escape(FIGURES[name])}</h3>"
            yield histogram(values, f"Distribution of {name} in seconds")
    yield "<h2>Outcomes</h2>"
    yield _outcomes(found)
    yield "<h2>How it was measured</h2>"
    yield from (f"<p>{escape(line)}</p>" for line in _how(found))


def _times(found: LoadFigures) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in STATISTICS)
    rows = "".join(
        f'<tr><th scope="row" title="{escape(FIGURES[name])}">{escape(name)}</th>'
        + "".join(f"<td>{seconds(getattr(each, statistic))}</td>" for statistic in STATISTICS)
        + f"<td>{each.count}</td><td>{found.unanswered.get(name, 0)}</td></tr>"
        for name, each in found.figures.items()
    )
    return (
        f'<div class="wide"><table><thead><tr><th scope="col">seconds</th>{head}<th scope="col">samples</th>'
        f'<th scope="col">at the limit</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _outcomes(found: LoadFigures) -> str:
    charts = "".join(
        shares({scenario: each.succeeded, **each.failed}, f"{scenario}: {each.succeeded} of {each.requests} good")
        for scenario, each in found.scenarios.items()
    )
    rows = "".join(
        f"<tr><td>{escape(scenario)}</td><td>{escape(kind)}</td><td>{many}</td></tr>"
        for scenario, each in found.scenarios.items()
        for kind, many in {"whole and in time": each.succeeded, **each.failed}.items()
    )
    rows += "".join(f"<tr><td>listeners</td><td>{escape(w)}</td><td>{n}</td></tr>" for w, n in found.listeners.items())
    return (
        f'{charts}<div class="wide"><table><thead><tr><th scope="col">of</th><th scope="col">what</th>'
        f'<th scope="col">how many</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _how(found: LoadFigures) -> Iterator[str]:
    machine = found.machine
    yield timing(found)
    yield from (f"{name}: {meaning}." for name, meaning in FIGURES.items() if name in found.figures)
    yield f"Bytes of messages: {found.bytes_sent:,} sent, {found.bytes_received:,} received, warm-up included."
    yield f"The tool: {strained(found)}."
    yield (
        f"It ran on {machine.processor}, {machine.cores} cores, {machine.memory_gb} GB, {machine.system}, Python"
        f" {machine.python}; load {machine.load:.1f}."
    )
