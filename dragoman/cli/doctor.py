"""`dragoman doctor`: what is installed, what works, what is missing."""

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from dragoman.cli.options import setting
from dragoman.runtime.logs import configure_logs
from dragoman.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from dragoman.local.checks import Finding


@click.command()
@setting("engines")
@setting("kafka", help="Kafka brokers to look at; if not given, those of a running `dragoman up`.")
@setting("redis", help="Redis to look at; if not given, that of a running `dragoman up`.")
@setting("data")
@click.option(
    "--cluster", is_flag=True, help="Look at the cluster of kubectl's current context instead of this machine."
)
@click.option("--namespace", default="dragoman", show_default=True, help="With --cluster: where it runs.")
def command(cluster: bool, namespace: str, **options: str | None) -> None:
    """Say what is installed, which engines and languages work, and whether Kafka and Redis answer.

    Every engine is really started once. What is missing comes with the command that mends it; the exit status is then
    1. Nothing is changed.

    With --cluster: whether all processes are ready and of one version, the Secret and the volumes there, the topics as
    they should be, and how far each stage is behind. It asks by kubectl, and Kafka and Redis by `ops`.
    """
    if cluster:
        from dragoman.local.cluster import check_cluster

        if _told(check_cluster(namespace)):
            click.get_current_context().exit(1)
        return
    configure_logs("error", "console")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of it is in the report
    if asyncio.run(_report(read_settings(**options))):
        click.get_current_context().exit(1)


async def _report(settings: Settings) -> bool:
    """Prints every finding; true if something that is needed is missing."""
    from dragoman.local.checks import check_all

    sick = False
    async for finding in check_all(settings):
        sick = _told([finding]) or sick
    return sick


def _told(findings: "Iterable[Finding]") -> bool:
    """Prints them; true if something that is needed is missing."""
    sick = False
    for finding in findings:
        click.echo(f"{finding.state:8} {finding.text}")
        sick = sick or finding.state == "missing"
    return sick
