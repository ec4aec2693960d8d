"""The figures of a load for reading, as plain text."""

from collections.abc import Iterator

from dragoman.load.distribution import NEEDED, STATISTICS, Distribution
from dragoman.load.figures import LoadFigures
from dragoman.load.tally import FIGURES

WIDTH = 12


def report(found: LoadFigures) -> str:
    """Everything, as `dragoman load` prints it."""
    return "\n".join(_lines(found))


def _lines(found: LoadFigures) -> Iterator[str]:
    yield summary(found)
    yield ""
    yield f"{'SECONDS':<{WIDTH}}" + "".join(f"{name:>9}" for name in STATISTICS) + f"{'SAMPLES':>9}"
    for name, each in found.figures.items():
        numbers = "".join(f"{seconds(getattr(each, statistic)):>9}" for statistic in STATISTICS)
        late = found.unanswered.get(name, 0)
        yield f"{name:<{WIDTH}}{numbers}{each.count:>9}{f'  {late} of them at the time limit' if late else ''}"
    yield ""
    for name in found.figures:
        yield f"{name:<{WIDTH}}{FIGURES[name]}"
    if few := missing(found):
        yield f"{'-':<{WIDTH}}{few}"
    yield timing(found)
    yield ""
    for scenario, outcome in found.scenarios.items():
        wrong = "".join(f", {many} {kind}" for kind, many in outcome.failed.items())
        yield f"{scenario:<14}{outcome.succeeded} of {outcome.requests} whole and in time{wrong}"
    yield ""
    yield f"listeners     {', '.join(f'{many} {what}' for what, many in found.listeners.items()) or 'none'}"
    yield f"bytes         {found.bytes_sent:,} sent, {found.bytes_received:,} received"
    yield f"tool          {strained(found)}"
    if found.bottleneck:
        yield f"WARNING       {found.bottleneck}"


def summary(found: LoadFigures) -> str:
    """What was run, and how it went."""
    shape = found.shape
    went = "nothing was measured" if found.success is None else f"{100 * found.success:.1f} % of {found.requests} good"
    return (
        f"{shape.concurrency} sessions ({', '.join(found.profiles)}) with {shape.listeners} listeners"
        f" ({', '.join(shape.languages)}) for {shape.duration_s:g} s: {went}; {found.left_out} utterances of the first"
        f" {shape.measured_from_s:g} s were warm-up and are left out"
    )


def missing(found: LoadFigures) -> str:
    """Why a percentile is not there; empty when all are."""
    if all(_whole(each) for each in found.figures.values()):
        return ""
    wanted = ", ".join(f"{count} for {name}" for name, count in NEEDED.items())
    return f"too few samples: a percentile needs {wanted}, of different utterances"


def strained(found: LoadFigures) -> str:
    """How the tool itself was."""
    strain = found.strain
    return (
        f"loop {1000 * strain.loop_median_s:.0f} ms late (median), {1000 * strain.loop_p95_s:.0f} ms (p95), frames left"
        f" {1000 * strain.frames_late_p95_s:.0f} ms late (p95), {strain.processor_percent:.0f} % of a core"
    )


def seconds(value: float | None) -> str:
    """With three places; `-` where there is none."""
    return "-" if value is None else f"{value:.3f}"


def _whole(each: Distribution) -> bool:
    return all(getattr(each, name) is not None for name in NEEDED)


def timing(found: LoadFigures) -> str:
    """What times count from."""
    told = (
        "Times count from when the words were due by a plan that no answer moves, so that a slow answer delays no later"
        " utterance (no coordinated omission)"
    )
    if found.shares.get("interruptions"):
        told += (
            "; but an interruption waits for something that is heard: what the same session says after it may begin"
            " later than planned, and counts from when it began, so that slow answers weigh less than they should"
        )
    return f"{told}. What had not come by its time limit, and what was skipped or failed, stands at that limit."
