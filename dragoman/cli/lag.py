"""`dragoman lag`: how far each stage is behind."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.ops.lag import Lag, LagMeter


@click.command()
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
@click.option("--watch/--once", default=False, help="Again every second, until Ctrl-C.  [default: once]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a measurement.")
def command(watch: bool, as_json: bool, **options: str | None) -> None:
    """Show how far each stage is behind: in messages, and in seconds of speech.

    MESSAGES are the records that a stage has not settled yet. SECONDS is how long the oldest of them has been waiting:
    in `audio` since it was spoken, in the other topics since it was written. A listener hears the sum of the stages.

    It is measured outside the workers, so that it is right also when they hang or are gone, and it disturbs nobody: it
    joins no consumer group and commits nothing. Two things are part of it and no trouble: offsets are committed every
    half second; and transcribe settles an utterance when it is over, so that up to 10 s of speech stand there while
    someone speaks.
    """
    from dragoman.ops.where import kafka_address

    quieten()
    settings = read_settings(**options)
    try:
        asyncio.run(_lag(kafka_address(settings.kafka, settings.data), watch, as_json))
    except KeyboardInterrupt:
        return


async def _lag(kafka: str, watch: bool, as_json: bool) -> None:
    from dragoman.ops.lag import lag_meter

    async with lag_meter(kafka) as meter:
        await _show(meter, as_json)
        while watch:
            await asyncio.sleep(1)
            await _show(meter, as_json)


async def _show(meter: "LagMeter", as_json: bool) -> None:
    lags = await meter.measure()
    click.echo(_json(lags) if as_json else _table(lags))


def _json(lags: "list[Lag]") -> str:
    import json

    return json.dumps({"stages": [asdict(lag) for lag in lags]})


def _table(lags: "list[Lag]") -> str:
    rows = [f"{'STAGE':<12}{'TOPIC':<14}{'MESSAGES':>9}{'SECONDS':>9}  PARTITION"]
    for lag in lags:
        where = "" if lag.partition is None else str(lag.partition)
        rows.append(f"{lag.stage:<12}{lag.topic:<14}{lag.messages:>9}{lag.seconds:>9.1f}  {where}".rstrip())
    return "\n".join(rows)
