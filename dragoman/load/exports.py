"""The figures of a load as CSV and as Prometheus text."""

import csv
import io
from collections.abc import Iterator, Mapping

from dragoman.load.distribution import STATISTICS
from dragoman.load.figures import LoadFigures


def as_csv(found: LoadFigures) -> str:
    """One line a figure, seconds; then one a kind of outcome. What was not measured is empty."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["figure", "samples", "independent", "unanswered", *STATISTICS])
    for name, each in found.figures.items():
        numbers = [_number(getattr(each, statistic)) for statistic in STATISTICS]
        lines.writerow([name, each.count, each.independent, found.unanswered.get(name, 0), *numbers])
    lines.writerow([])
    lines.writerow(["scenario", "outcome", "utterances"])
    for scenario, outcome in found.scenarios.items():
        lines.writerow([scenario, "ok", outcome.succeeded])
        lines.writerows([scenario, kind, many] for kind, many in outcome.failed.items())
    return out.getvalue()


def as_prometheus(found: LoadFigures) -> str:
    """Gauges for a push gateway or a textfile collector."""
    return "".join(f"{line}\n" for line in _prometheus(found))


def _prometheus(found: LoadFigures) -> Iterator[str]:
    yield from _head("dragoman_load_seconds", "Of one figure of the load, one statistic.")
    for name, each in found.figures.items():
        for statistic in STATISTICS:
            if (value := getattr(each, statistic)) is not None:
                yield _line("dragoman_load_seconds", {"figure": name, "statistic": statistic}, value)
    yield from _head("dragoman_load_samples", "Samples of each figure.")
    for name, each in found.figures.items():
        yield _line("dragoman_load_samples", {"figure": name}, each.count)
    yield from _head("dragoman_load_utterances", "Utterances by scenario and outcome.")
    for scenario, outcome in found.scenarios.items():
        for kind, many in {"ok": outcome.succeeded, **outcome.failed}.items():
            yield _line("dragoman_load_utterances", {"scenario": scenario, "outcome": kind}, many)
    if found.success is not None:
        yield from _head("dragoman_load_success_ratio", "Share of the utterances whose answer was whole and in time.")
        yield _line("dragoman_load_success_ratio", {}, found.success)
    yield from _head("dragoman_load_bytes", "Bytes of all messages.")
    yield _line("dragoman_load_bytes", {"direction": "sent"}, found.bytes_sent)
    yield _line("dragoman_load_bytes", {"direction": "received"}, found.bytes_received)
    yield from _head("dragoman_load_bottleneck", "1: the tool itself was the bottleneck.")
    yield _line("dragoman_load_bottleneck", {}, int(bool(found.bottleneck)))


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
