"""A report of several loads as Markdown, with a chart beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dragoman.load.charts import WIDTH, standalone, steps
from dragoman.load.comparison import Difference
from dragoman.load.distribution import NEEDED, STATISTICS
from dragoman.load.figures import FORMAT, LoadFigures
from dragoman.load.tally import FIGURES
from dragoman.load.targets import Target
from dragoman.load.texts import seconds, strained, timing


@dataclass(frozen=True)
class LoadReport:
    """Several loads of one system, and what became of what is aimed at."""

    runs: Sequence[LoadFigures]
    """In order; of the same number of sessions there may be several."""
    aims: Sequence[Target]
    against: str = ""
    """The older report that it is compared with."""
    changed: Sequence[Difference] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": FORMAT,
            "machine": asdict(self.runs[0].machine),
            "targets": [asdict(aim) for aim in self.aims],
            "runs": [run.as_dict() for run in self.runs],
            "against": self.against,
            "differences": [asdict(each) | {"ratio": each.ratio} for each in self.changed],
        }


def markdown(report: LoadReport, chart: str = "") -> str:
    """For reading; `chart` is the name of its picture."""
    return "\n".join(_markdown(report, chart)) + "\n"


def picture(report: LoadReport) -> str:
    """First tokens by sessions, as an SVG of its own."""
    points = {
        name: [(run.shape.concurrency, value) for run in report.runs if (value := run.value(name)) is not None]
        for name in ("ttft_mean", "ttft_p95", "total_mean")
    }
    return standalone(steps(points, "Seconds by sessions at a time"), WIDTH)


def _markdown(report: LoadReport, chart: str) -> Iterator[str]:
    machine, first = report.runs[0].machine, report.runs[0]
    yield "# Load report"
    yield ""
    yield (
        f"{first.began_at}, {first.server}. The tool ran on {machine.processor}, {machine.cores} cores,"
        f" {machine.memory_gb} GB, {machine.system}, Python {machine.python}, load {machine.load:.1f}."
    )
    yield ""
    yield from _aims(report.aims)
    if report.against:
        yield from _changes(report)
    if chart:
        yield f"![Seconds to the first token and to the last audio, by sessions]({chart})"
        yield ""
    for run in report.runs:
        yield from _run(run)
    yield "## What the figures are"
    yield ""
    yield from (f"- `{name}`: {meaning}." for name, meaning in FIGURES.items())
    yield (
        f"- A dash: too few samples ({', '.join(f'{count} for {name}' for name, count in NEEDED.items())})."
        f" {timing(first)}"
    )


def _aims(aims: Sequence[Target]) -> Iterator[str]:
    yield "## Targets"
    yield ""
    yield "| sessions | aim | limit | measured | |"
    yield "|---|---|---|---|---|"
    for aim in aims:
        share = aim.aim == "success"
        limit = f"> {100 * aim.limit:g} %" if share else f"< {aim.limit:g} s"
        value = "" if aim.value is None else f"{100 * aim.value:.1f} %" if share else f"{aim.value:.3f} s"
        why = f": {aim.why}" if aim.why else ""
        yield f"| {aim.sessions} | {aim.aim} | {limit} | {value} | {aim.verdict}{why} |"
    yield ""


def _changes(report: LoadReport) -> Iterator[str]:
    yield f"## Beside {report.against}"
    yield ""
    if not any(each.noise is not None for each in report.changed):
        yield "Nothing is called a regression, as one of the reports has no repeats that would tell what is noise."
        yield ""
    yield "| sessions | figure | then | now | ratio | repeats differ by | |"
    yield "|---|---|---|---|---|---|---|"
    for each in report.changed:
        noise = "-" if each.noise is None else f"{100 * each.noise:.0f} %"
        said = "**regression**" if each.regressed else ""
        yield (
            f"| {each.sessions} | {each.name} | {each.old:.3f} | {each.new:.3f} | {each.ratio:.2f} | {noise} | {said} |"
        )
    yield ""


def _run(run: LoadFigures) -> Iterator[str]:
    went = "nothing was measured" if run.success is None else f"{100 * run.success:.1f} % of {run.requests} good"
    yield f"## {run.shape.concurrency} sessions for {run.shape.duration_s:g} s: {went}"
    yield ""
    yield f"| seconds | {' | '.join(STATISTICS)} | samples | at the limit |"
    yield f"|---|{'---|' * (len(STATISTICS) + 2)}"
    for name, each in run.figures.items():
        numbers = " | ".join(seconds(getattr(each, statistic)) for statistic in STATISTICS)
        yield f"| {name} | {numbers} | {each.count} | {run.unanswered.get(name, 0)} |"
    yield ""
    for scenario, outcome in run.scenarios.items():
        wrong = "".join(f", {many} {kind}" for kind, many in outcome.failed.items())
        yield f"- {scenario}: {outcome.succeeded} of {outcome.requests} whole and in time{wrong}."
    yield f"- The tool: {strained(run)}.{f' **{run.bottleneck}.**' if run.bottleneck else ''}"
    yield ""
