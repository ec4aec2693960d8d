"""The table that is shown while a load runs."""

from rich.table import Table

from dragoman.load.setup import LoadRun
from dragoman.load.tally import FIGURES
from dragoman.load.texts import seconds

SHOWN = ("median", "p95", "max")


def table(run: LoadRun) -> Table:
    """As it stands now."""
    shape, tally = run.setup.shape, run.tally
    passed_s = run.clock() - run.began
    what = (
        f"warm-up, {shape.measured_from_s - passed_s:.0f} s left"
        if not run.measuring
        else f"measuring, {max(0.0, shape.until_s - passed_s):.0f} s left"
    )
    drawn = Table(title=f"{shape.concurrency} sessions on {run.setup.url}: {what}", title_justify="left")
    drawn.add_column("seconds")
    for name in (*SHOWN, "samples"):
        drawn.add_column(name, justify="right")
    for figure in FIGURES:
        found = tally.distribution(figure)
        if found.count:
            drawn.add_row(figure, *(seconds(getattr(found, name)) for name in SHOWN), str(found.count))
    drawn.caption = f"{tally.succeeded.total()} good, {tally.failed.total()} failed"
    drawn.caption_justify = "left"
    return drawn
