"""`dragoman doctor`: what is installed, what works, what is missing."""

import asyncio
import logging

import click

from dragoman.cli.options import setting
from dragoman.runtime.logs import configure_logs
from dragoman.runtime.settings import Settings, read_settings


@click.command()
@setting("engines")
@setting("kafka", help="Kafka brokers to look at; if not given, those of a running `dragoman up`.")
@setting("redis", help="Redis to look at; if not given, that of a running `dragoman up`.")
@setting("data")
def command(**options: str | None) -> None:
    """Say what is installed, which engines and languages work, and whether Kafka and Redis answer.

    Every engine is really started once. What is missing comes with the command that mends it; the exit status is then
    1. Nothing is changed.
    """
    configure_logs("error", "console")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of it is in the report
    if asyncio.run(_report(read_settings(**options))):
        click.get_current_context().exit(1)


async def _report(settings: Settings) -> bool:
    """Prints every finding; true if something that is needed is missing."""
    from dragoman.local.checks import check_all

    sick = False
    async for finding in check_all(settings):
        click.echo(f"{finding.state:8} {finding.text}")
        sick = sick or finding.state == "missing"
    return sick
