"""`python -m tests.chaos --minutes 30 --seed 1`: breaks everything, over and over, and counts what was lost."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.faults import FAULTS, stormy
from tests.chaos.plan import plan
from tests.chaos.report import Report
from tests.chaos.soak import soak


@click.command()
@click.option("--minutes", default=30.0, show_default=True, help="How long faults are begun.")
@click.option("--seed", default=1, show_default=True, help="Decides about faults, targets and speakers.")
@click.option("--faults", default="", help=f"Only these, once each, in this order; of {', '.join(FAULTS)}.")
@click.option("--meetings", default=8, show_default=True, help="Sessions at a time.")
@click.option("--workers", default=2, show_default=True, help="Of each stage.")
@click.option("--translate-ms", default=0, show_default=True, help="What a call of translate takes.")
@click.option("--brokers", default=1, show_default=True, help="1, or 3: then everything lies on each of them.")
@click.option("--embedded", is_flag=True, help="Real engines and real speech: 2 or 3 meetings are enough.")
def main(
    minutes: float,
    seed: int,
    faults: str,
    meetings: int,
    workers: int,
    translate_ms: int,
    brokers: int,
    embedded: bool,
) -> None:
    """Exit status 1 when anything was missing, repeated or out of order without a word about it."""
    chosen = [name.strip() for name in faults.split(",") if name.strip()]
    if unknown := set(chosen) - set(FAULTS):
        raise click.UsageError(f"there is no fault {', '.join(sorted(unknown))}")
    data = Path(tempfile.mkdtemp(prefix="chaos-"))
    planned = iter([(name,) for name in chosen]) if chosen else plan(seed, list(FAULTS), stormy)
    running = soak(
        data,
        seed,
        planned,
        minutes=minutes,
        meetings=meetings,
        workers=workers,
        translate_ms=translate_ms,
        embedded=embedded,
        brokers=brokers,
        say=click.echo,
    )
    outcome = asyncio.run(running)
    report = Report(outcome)
    for line in report.lines():
        click.echo(line)
    sys.exit(0 if report.passed else 1)


if __name__ == "__main__":
    main()
