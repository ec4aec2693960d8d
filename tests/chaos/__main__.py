"""`python -m tests.chaos`: breaks a whole system for as long as you say, and checks what its listeners got."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.faults import FAULTS
from tests.chaos.run import run


@click.command()
@click.option("--minutes", default=0.0, help="How long to go on; 0: every fault once.")
@click.option("--seed", default=1, help="Order and targets of the faults.")
@click.option("--faults", default="", help=f"Only these, with commas between: {', '.join(sorted(FAULTS))}.")
@click.option("--rooms", default=5, help="Sessions at once.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for files and logs; else a temporary one.")
def main(minutes: float, seed: int, faults: str, rooms: int, keep: Path | None) -> None:
    """Runs real Kafka, Redis, gateways and workers with scripted engines, and kills, stops and cuts them in turn."""
    folder = keep or Path(tempfile.mkdtemp(prefix="dragoman-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    click.echo(f"seed {seed}; logs in {folder / 'logs'}")
    chosen = tuple(filter(None, faults.split(",")))
    outcome = asyncio.run(run(folder, seed=seed, minutes=minutes, faults=chosen, rooms=rooms, say=click.echo))
    click.echo("\n".join(outcome.lines()))
    sys.exit(not outcome.fine)


if __name__ == "__main__":
    main()
