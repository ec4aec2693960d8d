"""`dragoman replay`: a stage of today on a session of the past."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings

HEADER = f"{'TOPIC':<13}{'SEGMENT':>9}  RESULT"


@click.command()
@click.argument("session")
@click.option("--stage", required=True, type=click.Choice(["transcribe", "translate", "synthesize"]))
@click.option("--language", "languages", multiple=True, help="Target language; else those that the session had.")
@setting("engines", help="Engines of the stage, in order of preference.")
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
@click.option("--partials", is_flag=True, help="Print also what is not final.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record, without audio.")
def command(
    session: str, stage: str, languages: tuple[str, ...], partials: bool, as_json: bool, **options: Any
) -> None:
    """Run a stage again on SESSION (its code or id) and print what it yields.

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
    """
    from dragoman.local.refusal import require_engines

    quieten()
    settings = read_settings(**options)
    if options["engines"]:
        settings = settings.model_copy(update={f"{stage}_engines": ""})
    require_engines(stage, settings)
    asyncio.run(_replay(settings, session, stage, languages, partials, as_json))


async def _replay(
    settings: Settings, wanted: str, stage: str, languages: Sequence[str], partials: bool, as_json: bool
) -> None:
    from dragoman.ops.records import find_session, records
    from dragoman.ops.replay import input_of, lanes, languages_of, replay
    from dragoman.ops.stages import open_stage
    from dragoman.ops.where import kafka_address

    kafka = kafka_address(settings.kafka, settings.data)
    session = await find_session(kafka, wanted)
    said = bool(languages)  # a language that the session had is shown as failed where it cannot be had today
    if not said and stage != "transcribe":
        languages = await languages_of(records(kafka, session, "translations"))
        if not languages:
            raise DragomanError(f"nobody listened to {wanted} in another language: say --language")
    count, source = 0, session.source_language if said else ""
    async with open_stage(stage, settings, languages, source, session.glossary) as run:
        for lane in await lanes(records(kafka, session, input_of(stage)), stage):
            async with aclosing(replay(lane, run)) as emits:
                async for emit in emits:
                    if partials or getattr(emit.message, "final", True):
                        if not count and not as_json:
                            click.echo(HEADER)
                        count += 1
                        click.echo(_json(emit) if as_json else _line(emit))
    if not count and not as_json:
        click.echo(f"{input_of(stage)} has nothing of {wanted} that {stage} would work on", err=True)


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
