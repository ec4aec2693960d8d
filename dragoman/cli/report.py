"""`dragoman report`: several loads of a running system, beside what is aimed at and beside an older report."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.load import check_folder, setup_of, watched_load, write_file
from dragoman.cli.options import key_option, setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.load.distribution import Distribution
    from dragoman.load.figures import LoadFigures
    from dragoman.load.reporting import LoadReport
    from dragoman.load.targets import Inside, Target

FILE = click.Path(dir_okay=False, path_type=Path)
QUICK = ("1,10", 60.0, 1)
WHOLE = ("1,10,25", 120.0, 3)
"""Sessions at a time, seconds that are measured, repeats."""


@click.command()
@click.option("--server", envvar="DRAGOMAN_URL", show_envvar=True, help="The gateway, or several with commas between.")
@click.option("--quick", is_flag=True, help="1 and 10 sessions for 60 s each, once: about three minutes.")
@click.option("--sessions", help="How many at a time, one load after the other.  [default: 1,10,25; quick: 1,10]")
@click.option("--duration", type=click.FloatRange(1), help="Seconds of each that are measured.  [default: 120; 60]")
@click.option(
    "--repeats", type=click.IntRange(1), help="Of each; what is noise is only known with two.  [default: 3; 1]"
)
@click.option("--recordings", type=click.Path(path_type=Path), help="Folder of speech; else the samples (English).")
@click.option("--language", default="en", show_default=True, help="What is spoken in them.")
@click.option("--languages", default="es", show_default=True, help="What listeners read and hear, in turn.")
@click.option("--listeners", type=click.IntRange(1), default=1, show_default=True, help="Of each session.")
@click.option("--profile", default="meeting", show_default=True, help="As of `dragoman load`.")
@click.option("--metrics", help="Metrics of the gateway, as http://127.0.0.1:8081/metrics: from socket to log.")
@click.option("--compare", type=FILE, help="JSON of an older report: what became slower beyond the noise of repeats.")
@click.option("--json", "json_file", type=FILE, help="Write everything there.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write the report there, and a chart (.svg) beside it.")
@key_option
@setting("kafka", help="Kafka brokers: with them it is told how soon a transcript is taken up by translate.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its gateway and Kafka.")
def command(server: str | None, key: str, quick: bool, compare: Path | None, **options: Any) -> None:
    """Measure a running system with several loads, and say of everything that is aimed at whether it is met, missed or
    not measured.

    Each load is one of `dragoman load`, which says how it measures. With --compare the means of the repeats stand
    beside those of an older report. A figure has regressed when it is worse by more than repeats of the same differ in
    either report, and by more than 5 % and 5 ms; with one repeat nothing is called a regression.

    \b
    dragoman report --quick --markdown report.md
    dragoman report --repeats 3 --json new.json --compare old.json

    Not measured here: memory, hours of running, what security costs, fairness among sessions.

    Exit status: 0 nothing regressed; 1 something did; 2 something is wrong, in one line.
    """
    quieten()
    count, seconds, repeats = QUICK if quick else WHOLE
    how = {"sessions": count, "duration": seconds, "repeats": repeats}
    how |= {name: options[name] for name in how if options[name] is not None}
    for path in (path for path in (options["json_file"], options["markdown_file"]) if path):
        check_folder(path)
    old = _older(compare) if compare else []
    found, failure = _measured(server, key, options | how, old, compare.name if compare else "")
    _tell(found, options["json_file"], options["markdown_file"])
    if failure:
        raise failure
    if any(each.regressed for each in found.changed):
        click.get_current_context().exit(1)


def _measured(
    server: str | None, key: str, options: dict[str, Any], old: list[Any], name: str
) -> "tuple[LoadReport, Exception | None]":
    """What there is, and what kept the rest from being measured. Raises what keeps the first load from it."""
    from dragoman.client.credential import credential_of
    from dragoman.load.comparison import differences
    from dragoman.load.reporting import LoadReport
    from dragoman.load.targets import targets
    from dragoman.ops.where import gateway_url, running

    settings = read_settings(kafka=options["kafka"], data=options["data"])
    url = gateway_url(server, settings.data)
    kafka = settings.kafka or ("" if server else running(settings.data).kafka)  # of the system that is measured
    counts = _counts(options["sessions"])
    first = setup_of(url, credential_of(key), options | _SAME)
    loads = [(count, seed) for count in counts for seed in range(1, options["repeats"] + 1)]
    runs: list[LoadFigures] = []
    aims: list[Target] = []
    failure: Exception | None = None
    for number, (count, seed) in enumerate(loads, 1):
        click.echo(f"load {number} of {len(loads)}: {count} sessions", err=True)
        setup = replace(first, shape=replace(first.shape, concurrency=count), seed=seed)
        try:
            run, inside = asyncio.run(_look_inside(setup, options["metrics"], kafka))
        except Exception as error:  # what was measured before is told all the same
            if not runs:
                raise
            click.echo(f"load {number} of {len(loads)} failed: the report is of those before it", err=True)
            failure = error
            break
        runs.append(run)
        aims += targets(run, inside)
    changed = differences(old, [run.as_dict() for run in runs]) if old else []
    return LoadReport(runs, aims, name, changed), failure


_SAME: dict[str, Any] = {
    "concurrency": 1,
    "restless": 0.0,
    "requests": 0,
    "ramp": 5.0,
    "warm_up": 10.0,
    "slow_language": "",
    "given_timeouts": (),
    "simple": 1.0,
    "slow_engine": 0.0,
    "interruptions": 0.0,
    "false_alarms": 0.0,
    "seed": 1,
}
"""Options of `dragoman load` that are the same in all loads of a report."""


def _counts(written: str) -> list[int]:
    """Raises DragomanError."""
    try:
        counts = [int(count) for count in written.split(",")]
    except ValueError:
        counts = [0]
    if min(counts) < 1:
        raise DragomanError(f"--sessions {written}: give numbers with commas between, as in 1,10")
    return counts


async def _look_inside(setup: Any, metrics: str | None, kafka: str) -> "tuple[LoadFigures, Inside]":
    """A load that is over is told, though what cannot be seen from outside be missing."""
    from dragoman.load.inside import durable_p95_s
    from dragoman.load.targets import Inside

    before = await _text(metrics) if metrics else ""
    run = await watched_load(setup)
    durable = forwarded = None
    try:
        durable = durable_p95_s(before, await _text(metrics)) if metrics else None
    except DragomanError as error:
        click.echo(f"warning: {error}", err=True)
    try:
        forwarded = await _forwarded(run, kafka) if kafka else None
    except DragomanError as error:
        click.echo(f"warning: {error}", err=True)
    return run, Inside(durable, forwarded)


async def _text(url: str) -> str:
    """Raises DragomanError."""
    import aiohttp

    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as http, http.get(url) as answer:
            answer.raise_for_status()
            return await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DragomanError(f"--metrics {url} cannot be read ({type(error).__name__})") from error


async def _forwarded(run: "LoadFigures", kafka: str) -> "Distribution":
    """Raises DragomanError."""
    from dragoman.load.inside import forwarded
    from dragoman.ops.records import written_since
    from schemas.topics import TRANSCRIPTS, USAGE

    since_ms = round((datetime.fromisoformat(run.began_at).timestamp() + run.shape.measured_from_s) * 1000)
    transcripts, usages = [
        [(record.session_id, record.message) async for record in written_since(kafka, topic, since_ms)]
        for topic in (TRANSCRIPTS, USAGE)
    ]
    return forwarded(transcripts, usages, run.sessions)


def _older(path: Path) -> list[Any]:
    """Runs of a report. Raises DragomanError."""
    try:
        report = json.loads(path.read_text("utf-8"))
        return list(report["runs"])
    except OSError as error:
        raise DragomanError(f"--compare {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DragomanError(f"--compare {path} is no report: make one with --json") from error


def _tell(found: "LoadReport", json_file: Path | None, markdown_file: Path | None) -> None:
    from dragoman.load.reporting import markdown, picture

    if json_file:
        write_file(json_file, json.dumps(found.as_dict()) + "\n")
    if not markdown_file:
        click.echo(markdown(found), nl=False)
        return
    chart = markdown_file.with_suffix(".svg")
    write_file(chart, picture(found))
    write_file(markdown_file, markdown(found, chart.name))
