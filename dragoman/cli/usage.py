"""`dragoman usage`: what engines were used for, and what it costs."""

import asyncio
import csv
import json
import sys
import time
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.ops.ledger import LedgerLine, Prices
    from schemas.messages import Usage

_HOUR_MS = 3_600_000


@click.command()
@click.argument("session", required=False)
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
@click.option(
    "--since", "hours", default=24.0, show_default=True, metavar="HOURS", help="Without SESSION: so far back."
)
@click.option("--prices", type=click.Path(exists=True, path_type=Path), help="Another price table than ours, as JSON.")
@click.option("--json", "form", flag_value="json", help="One JSON object.")
@click.option("--csv", "form", flag_value="csv", help="Lines with commas, for a spreadsheet.")
def command(session: str | None, hours: float, prices: Path | None, form: str | None, **options: str | None) -> None:
    """Sum up the engine calls of SESSION (its code), or of all sessions: seconds, characters and money.

    REASON says why calls failed (`engine`) or were not made, as `no-audience`: nobody listened. Money goes by a price
    table, which bears its date: your bill may differ.
    """
    from dragoman.ops.ledger import PRICES, ledger, read_prices
    from dragoman.ops.where import kafka_address

    quieten()
    settings, table = read_settings(**options), read_prices(prices or PRICES)
    kafka = kafka_address(settings.kafka, settings.data)
    usages = asyncio.run(_usages(kafka, session, time.time() * 1_000 - hours * _HOUR_MS))
    _show(ledger(usages, table), table, form)


async def _usages(kafka: str, session: str | None, since_ms: float) -> "list[Usage]":
    from dragoman.ops.records import find_session, records, written_since
    from schemas.messages import Usage
    from schemas.topics import USAGE

    if session:
        found = records(kafka, await find_session(kafka, session), USAGE)
    else:
        found = written_since(kafka, USAGE, round(since_ms))
    return [record.message async for record in found if isinstance(record.message, Usage)]


def _show(lines: "list[LedgerLine]", prices: "Prices", form: str | None) -> None:
    from dragoman.ops.ledger import LedgerLine

    money = sum(line.money for line in lines)
    if form == "json":
        told = {"date": prices.date, "currency": prices.currency, "money": money, "lines": [*map(asdict, lines)]}
        click.echo(json.dumps(told))
    elif form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow([field.name for field in fields(LedgerLine)])
        writer.writerows(astuple(line) for line in lines)
    else:
        click.echo(
            f"{'STAGE':<12}{'ENGINE':<18}{'LANGUAGE':<10}{'REASON':<13}{'CALLS':>7}{'SECONDS':>10}{'CHARACTERS':>12}"
            f"{prices.currency:>9}"
        )
        for line in lines:
            click.echo(
                f"{line.stage:<12}{line.engine or '-':<18}{line.language:<10}{line.reason or 'ok':<13}{line.calls:>7}"
                f"{line.seconds:>10.1f}{line.characters:>12}{line.money:>9.4f}"
            )
        click.echo(f"{money:.4f} {prices.currency} by prices of {prices.date}")
