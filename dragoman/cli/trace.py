"""`dragoman trace`: which way words took, and how long."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from dragoman.ops.trace import PathOfSegment, Step
    from workers.stage import Record

TOPICS = ("transcripts", "translations", "speech", "usage")
SHOWN = ("log", "transcribe", "translate", "synthesize")


@click.command()
@click.argument("session")
@click.argument("segment", type=int, required=False)
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("redis", help="Redis, which still knows for a while when something was published.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its servers.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(session: str, segment: int | None, as_json: bool, **options: Any) -> None:
    """Show which way the words of SESSION (its code or id, or a file of `dragoman record`) took, and how long, from the
    records that they left.

    Without SEGMENT a line for each: how many seconds after the end of the words they were in the log, transcribed,
    translated and synthesized, in the language that came last. With SEGMENT all that happened to that one, in order:
    each stage in each language, each record, each call of an engine, and when it was published, as long as Redis keeps
    that. Words themselves are not shown.

    \b
    SEGMENT   where it begins, in samples of 1/16000 s since the session began
    OUTCOME   ok, or the worst of what became of it in some language

    \b
    dragoman trace calm-otter-123
    dragoman trace calm-otter-123 160000
    """
    quieten()
    asyncio.run(_trace(read_settings(**options), session, segment, as_json))


async def _trace(settings: Settings, wanted: str, segment: int | None, as_json: bool) -> None:
    from dragoman.ops.published import published
    from dragoman.ops.sources import open_source
    from dragoman.ops.trace import paths, steps
    from dragoman.ops.where import redis_address

    source = await open_source(settings, wanted)
    session = source.session
    found: list[Record] = []
    for topic in TOPICS:
        if segment is None and topic == "usage":
            continue
        found += [record async for record in source.records(topic)]
    if segment is None:
        _show_paths(paths(found), as_json)
        return
    path = steps(found, segment)
    if not path:
        raise DragomanError(f"{session.code} has no segment {segment}: `dragoman trace {session.code}` shows which")
    path += await published(redis_address(settings.redis, settings.data), session.session_id, segment, found)
    _show_steps(sorted(path, key=lambda step: step.at), as_json)


def _show_paths(found: "Sequence[PathOfSegment]", as_json: bool) -> None:
    if as_json:
        _show_json(found)
        return
    click.echo(f"{'SEGMENT':>10} {'SPOKEN (UTC)':<13}" + "".join(f"{name.upper():>12}" for name in SHOWN) + "  OUTCOME")
    for path in found:
        times = "".join(f"{f'{path.done_s[name]:+.2f} s' if name in path.done_s else '-':>12}" for name in SHOWN)
        click.echo(f"{path.segment:>10} {_clock(path.spoken_at):<13}{times}  {path.outcome}")


def _show_steps(found: "Sequence[Step]", as_json: bool) -> None:
    if as_json:
        _show_json(found)
        return
    spoken = next((step for step in found if step.what == "spoken"), None)
    if spoken is None:
        click.echo(
            "when it was spoken is not known: no record of it is left; times count from the first call", err=True
        )
    first = (spoken or found[0]).at
    click.echo(f"{'AFTER':>10} {'AT (UTC)':<13} {'WHAT':<11} {'WHERE':<24} HOW")
    for step in found:
        after = f"{(step.at - first) / 1000:+.3f} s"
        click.echo(f"{after:>10} {_clock(step.at):<13} {step.what:<11} {step.where:<24} {step.how}".rstrip())


def _show_json(found: "Sequence[PathOfSegment | Step]") -> None:
    import json
    from dataclasses import asdict

    for each in found:
        click.echo(json.dumps(asdict(each)))


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
