"""`dragoman replay`: a stage of today on a session of the past."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from dragoman.ops.sources import SessionSource
    from workers.stage import Emit

MADE = {"transcribe": "transcripts", "translate": "translations", "synthesize": "speech"}
HEADER = f"{'TOPIC':<13}{'SEGMENT':>9}  RESULT"


@click.command()
@click.argument("session")
@click.option("--stage", required=True, type=click.Choice(["transcribe", "translate", "synthesize"]))
@click.option("--language", "languages", multiple=True, help="Target language; else those that the session had.")
@setting("engines", help="Engines of the stage, in order of preference.")
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
@click.option(
    "--diff", is_flag=True, help="Print only what comes out otherwise than it did then; exit status 1 if any."
)
@click.option("--partials", is_flag=True, help="Print also what is not final.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record, without audio.")
def command(
    session: str,
    stage: str,
    languages: tuple[str, ...],
    diff: bool,
    partials: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Run a stage again on SESSION (its code or id, or a file of `dragoman record`) and print what it yields.

    The session's records are read back from the stage's topic, as far as Kafka still keeps them, and given to the same
    code that the worker runs, with the engines that are set here. Nothing is late in a replay. Nothing is produced:
    listeners, workers and topics notice nothing.

    \b
    TOPIC     where a worker would write it: the result itself, or `usage`, what it took
    SEGMENT   where the segment begins, in samples of 1/16000 s since the session began
    RESULT    language and text, or length and format of the speech; [failed: …] and [skipped: …] say why there is none;
              (late): it replaces a result of the past, or a part of it

    \b
    dragoman replay calm-otter-123 --stage transcribe
    dragoman replay calm-otter-123 --stage translate --language ca --engines scripted
    dragoman replay otter.dragoman --stage synthesize --diff
    """
    from dragoman.local.refusal import require_engines

    quieten()
    settings = read_settings(**options)
    if options["engines"]:
        settings = settings.model_copy(update={f"{stage}_engines": ""})
    require_engines(stage, settings)
    shown = _Changes(stage, as_json) if diff else _Results(partials, as_json)
    if asyncio.run(_replay(settings, session, stage, languages, shown)):
        click.get_current_context().exit(1)


class _Results:
    """Prints what a stage yields, as it comes."""

    def __init__(self, partials: bool, as_json: bool) -> None:
        self._partials, self._as_json, self._count = partials, as_json, 0

    async def begin(self, source: "SessionSource") -> None:
        """Needs nothing of what was made then."""

    def take(self, emit: "Emit") -> None:
        """Prints a record."""
        if not self._partials and not getattr(emit.message, "final", True):
            return
        if not self._count and not self._as_json:
            click.echo(HEADER)
        self._count += 1
        click.echo(_json(emit) if self._as_json else _line(emit))

    def end(self, nothing: str) -> bool:
        """Says `nothing` if there was none; False: that is no failure."""
        if not self._count and not self._as_json:
            click.echo(nothing, err=True)
        return False


class _Changes:
    """Prints what a stage makes otherwise than it was made then."""

    def __init__(self, stage: str, as_json: bool) -> None:
        self._topic, self._as_json = MADE[stage], as_json
        self._then: list[Any] = []
        self._now: list[Any] = []

    async def begin(self, source: "SessionSource") -> None:
        """Reads what was made then."""
        self._then = [record.message async for record in source.records(self._topic)]

    def take(self, emit: "Emit") -> None:
        """Keeps a record."""
        if emit.topic == self._topic:
            self._now.append(emit.message)

    def end(self, nothing: str) -> bool:
        """Compares; True: something changed."""
        from dataclasses import asdict

        from dragoman.ops.changes import changes, finals_by_place

        languages = {message.language for message in self._now}
        found = changes((each for each in self._then if getattr(each, "language", "") in languages), self._now)
        for change in found:
            if self._as_json:
                click.echo(json.dumps(asdict(change), ensure_ascii=False))
            else:
                click.echo(f"{change.segment:>9}  {change.language}\n  - {change.before}\n  + {change.after}")
        if not self._as_json:
            many = len(finals_by_place(self._now))
            click.echo(f"{len(found)} of {many} changed" if many else nothing, err=True)
        return bool(found)


async def _replay(
    settings: Settings, wanted: str, stage: str, languages: Sequence[str], shown: _Results | _Changes
) -> bool:
    from dragoman.ops.replay import input_of, lanes, languages_of, replay
    from dragoman.ops.sources import open_source
    from dragoman.ops.stages import open_stage

    source = await open_source(settings, wanted)
    session = source.session
    said = bool(languages)  # a language that the session had is shown as failed where it cannot be had today
    if not said and stage != "transcribe":
        languages = await languages_of(source.records("translations"))
        if not languages:
            raise DragomanError(f"nobody listened to {wanted} in another language: say --language")
    await shown.begin(source)
    floor = session.source_language if said else ""
    async with open_stage(stage, settings, languages, floor, session.glossary) as run:
        for lane in await lanes(source.records(input_of(stage)), stage):
            async with aclosing(replay(lane, run)) as emits:
                async for emit in emits:
                    shown.take(emit)
    return shown.end(f"{input_of(stage)} has nothing of {wanted} that {stage} would work on")


def _json(emit: Any) -> str:
    import msgspec

    fields = msgspec.to_builtins(emit.message)
    fields.pop("audio", None)
    return json.dumps({"topic": emit.topic, **fields}, ensure_ascii=False)


def _line(emit: Any) -> str:
    """One record, for reading."""
    from schemas.messages import End, Segment, Speech, Usage

    message = emit.message
    match message:
        case Usage():
            seconds = f"{message.seconds:.2f} s" if message.seconds else f"{message.characters} characters"
            what = f"{message.stage} by {message.engine or 'nobody'}, {seconds} in {message.took_ms} ms"
            return f"{emit.topic:<13}{message.segment:>9}  {what}, {message.outcome} {message.reason}".rstrip()
        case End():
            return f"{emit.topic:<13}{message.position:>9}  {message.language}: end"
        case Speech():
            what = f"{message.duration_ms / 1000:.2f} s {message.format}" if message.format else message.outcome
            return f"{emit.topic:<13}{message.segment:>9}  {message.language}: {what} {message.reason}".rstrip()
        case Segment():
            text = getattr(message, "text", "") if message.outcome == "ok" else f"[{message.outcome}: {message.reason}]"
            open_ = " (late)" if getattr(message, "revised", False) else "" if message.final else " …"
            return f"{emit.topic:<13}{message.segment:>9}  {message.language}: {text}{open_}"
    return f"{emit.topic}: {type(message).__name__}"
