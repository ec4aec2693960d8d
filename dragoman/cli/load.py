"""`dragoman load`: many speakers and listeners on a running system, and how it bears them."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import key_option, setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.load.figures import LoadFigures
    from dragoman.load.setup import LoadRun, LoadSetup

WARM_UP_S = 10.0
TARGET = click.Path(dir_okay=False, path_type=Path, allow_dash=True)


@click.command()
@click.option("--server", envvar="DRAGOMAN_URL", show_envvar=True, help="The gateway, or several with commas between.")
@click.option("--recordings", type=click.Path(path_type=Path), help="Folder of speech; else the samples (English).")
@click.option("--language", default="en", show_default=True, help="What is spoken in them.")
@click.option("--languages", default="es", show_default=True, help="What listeners read and hear, in turn.")
@click.option("--concurrency", type=click.IntRange(1), default=1, show_default=True, help="Sessions at a time.")
@click.option("--listeners", type=click.IntRange(1), default=1, show_default=True, help="Of each session.")
@click.option("--restless", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Share of listeners"
              " that come late, leave, switch or lose the network; the first of each language stays.")  # fmt: skip
@click.option(
    "--duration", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds that are measured."
)
@click.option("--requests", type=click.IntRange(0), default=0, help="At most so many utterances are measured.")
@click.option("--ramp", type=click.FloatRange(0), default=5.0, show_default=True, help="Seconds in which all begin.")
@click.option("--warm-up", type=click.FloatRange(0), default=WARM_UP_S, show_default=True, help="Seconds after that"
              " which are not measured.")  # fmt: skip
@click.option("--profile", default="meeting", show_default=True, help="light, normal, power, meeting, lecture; several"
              " with commas between: sessions have them in turn.")  # fmt: skip
@click.option("--simple", type=float, default=0.0, help="Weight: say something, and wait for the last of its speech.")
@click.option("--slow-engine", type=float, default=0.0, help="Weight: the same, waiting for --slow-language alone.")
@click.option("--interruptions", type=float, default=0.0, help="Weight: break off while the translation is heard.")
@click.option("--false-alarms", type=float, default=0.0, help="Weight: 0.3 s of noise, of which nothing may come.")
@click.option("--slow-language", default="", help="A language whose engine is slow, for --slow-engine.")
@click.option("--timeout", "given_timeouts", multiple=True, metavar="SCENARIO=S", help="How long an answer may take"
              " from the end of the speech.  [default: 20; slow-engine=60]")  # fmt: skip
@click.option("--fail-if", "conditions", multiple=True, metavar="CONDITION", help="Exit with 1 if it is so, as"
              " 'ttft_p95>2.5s', 'success<99%', 'failures>0'.")  # fmt: skip
@click.option("--json", "json_file", type=TARGET, help="Write everything there; - for standard output.")
@click.option("--csv", "csv_file", type=TARGET, help="Write the table there.")
@click.option("--prometheus", "prometheus_file", type=TARGET, help="Write gauges for Prometheus there.")
@click.option("--html", "html_file", type=TARGET, help="Write a page with charts there.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same plan.")
@key_option
@setting("data", help="Data folder of a running `dragoman up`, which knows its gateway.")
def command(server: str | None, key: str, data: str | None, conditions: tuple[str, ...], **options: Any) -> None:
    """Put sessions with speakers and listeners on a running system, and print what they got and how soon.

    Speech is sent in real time, as microphones do. Who says what and when is planned beforehand, and every time counts
    from that plan: a slow answer delays no later utterance (no coordinated omission), but an interruption waits for
    what it interrupts, and its session with it. What has not come by its time limit, is skipped or fails stands at that
    limit, and is counted beside. What is said in the ramp and the warm-up is not measured.

    \b
    connection   to a socket that has its session
    ttft         from the end of the words to the first caption with text
    first_audio  from the end of the words to the first translated audio
    total        from the end of the words to the last caption and the last translated audio
    recovery     the same as first_audio, of what is said after an interruption
    control      from a listener's question to its answer
    transcribe, translate, synthesize, broadcast
                 what finals spent in each stage, as the sessions' status says it

    Each figure has min, mean, median, p95, p99 and max; a percentile needs enough utterances (5, 59, 299), else there
    is none. The tool says when it is itself the bottleneck.

    \b
    dragoman load --concurrency 10 --listeners 3 --languages es,ca --html load.html
    dragoman load --simple 8 --interruptions 1 --false-alarms 1 --fail-if 'ttft_p95>2.5s' --fail-if 'success<99%'

    Exit status: 0 it is done; 1 a --fail-if is so, or could not be told; 2 something is wrong, in one line.
    """
    from dragoman.client.credential import credential_of
    from dragoman.load.conditions import condition, failed
    from dragoman.ops.where import gateway_url

    quieten()
    wanted = [condition(text) for text in conditions]
    writers = _writers(options)
    url = gateway_url(server, read_settings(data=data).data)
    setup = setup_of(url, credential_of(key), options)
    found = asyncio.run(watched_load(setup))
    _tell(found, writers)
    if wrong := failed(wanted, found):
        for line in wrong:
            click.echo(f"failed: {line}", err=True)
        click.get_current_context().exit(1)


def setup_of(url: str, credential: Any, options: dict[str, Any]) -> "LoadSetup":
    """What the options ask for, after a look at the server. Raises DragomanError."""
    from dragoman.load.plan import LoadShape
    from dragoman.load.profiles import profiles
    from dragoman.load.recordings import of_folder, samples_of_package
    from dragoman.load.scenarios import timeouts, weighted
    from dragoman.load.setup import LoadSetup, languages_with_speech

    slow = options["slow_language"]
    if bool(slow) != bool(options["slow_engine"]):
        raise DragomanError("--slow-engine and --slow-language belong together: the one weighs, the other says where")
    shares = weighted(
        {
            "simple": options["simple"],
            "slow-engine": options["slow_engine"],
            "interruptions": options["interruptions"],
            "false-alarms": options["false_alarms"],
        }
    )
    languages = tuple(tag.strip() for tag in options["languages"].split(",") if tag.strip())
    if not languages:
        raise DragomanError("--languages names no language: give some with commas between, as in es,ca")
    shape = LoadShape(
        concurrency=options["concurrency"],
        listeners=options["listeners"],
        languages=languages,
        restless=options["restless"],
        duration_s=options["duration"],
        requests=options["requests"],
        ramp_s=options["ramp"],
        warm_up_s=options["warm_up"],
        slow_language=slow,
    )
    limits, kinds = timeouts(options["given_timeouts"]), profiles(options["profile"])
    folder = options["recordings"]
    if folder is not None and not folder.is_dir():
        raise DragomanError(f"--recordings {folder}: there is no such folder")
    recordings = of_folder(folder, _warn) if folder else samples_of_package()
    tags = sorted({*languages, *([slow] if slow else [])})
    heard = asyncio.run(languages_with_speech(url, options["language"], tags, credential))
    return LoadSetup(
        url,
        options["language"],
        shape,
        kinds,
        shares,
        limits,
        recordings,
        frozenset(heard),
        credential,
        options["seed"],
    )


async def watched_load(setup: "LoadSetup") -> "LoadFigures":
    """Runs it, with a live table where standard error is a terminal."""
    from dragoman.load.run import load

    if not sys.stderr.isatty():
        return await load(setup)
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as screen:
        watching: list[asyncio.Task[None]] = []
        try:
            return await load(setup, lambda run: watching.append(asyncio.create_task(_watch(run, screen))))
        finally:
            for task in watching:
                task.cancel()


async def _watch(run: "LoadRun", screen: Any) -> None:
    from dragoman.load.live import table

    while True:
        screen.update(table(run), refresh=True)
        await asyncio.sleep(1)


def _writers(options: dict[str, Any]) -> dict[Path, Callable[["LoadFigures"], str]]:
    """What is to be written where; a folder that is not there is said before anything is measured."""
    from dragoman.load.exports import as_csv, as_prometheus
    from dragoman.load.page import page

    def as_json(found: "LoadFigures") -> str:
        return json.dumps(found.as_dict()) + "\n"

    how: dict[str, Callable[[LoadFigures], str]] = {
        "json_file": as_json,
        "csv_file": as_csv,
        "prometheus_file": as_prometheus,
        "html_file": page,
    }
    writers = {path: write for name, write in how.items() if (path := options[name]) is not None}
    for path in writers:
        check_folder(path)
    return writers


def _tell(found: "LoadFigures", writers: dict[Path, Callable[["LoadFigures"], str]]) -> None:
    from dragoman.load.texts import report

    click.echo(report(found), err=Path("-") in writers)
    for path, write in writers.items():
        if path == Path("-"):
            click.echo(write(found), nl=False)
            continue
        write_file(path, write(found))


def check_folder(path: Path) -> None:
    """Says it before anything is measured when nothing can be written there. Raises DragomanError."""
    if not path.parent.is_dir():
        raise DragomanError(f"{path} cannot be written: there is no folder {path.parent}")


def write_file(path: Path, content: str) -> None:
    """Raises DragomanError."""
    try:
        path.write_text(content, "utf-8")
    except OSError as error:
        raise DragomanError(f"{path} cannot be written: {error.strerror}") from error


def _warn(line: str) -> None:
    click.echo(f"warning: {line}", err=True)
