"""`dragoman export`: a past session as a file."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings
from dragoman.transcripts.formats import FORMATS, FileFormat, Transcribed, written
from dragoman.transcripts.said import FLOOR, Finals
from schemas.languages import AUTO
from schemas.messages import Audio, Session
from schemas.topics import AUDIO, TRANSCRIPTS, TRANSLATIONS


@click.command()
@click.argument("session")
@click.option("--audio", type=click.Path(dir_okay=False, path_type=Path), help="Write what was said to this WAV file.")
@click.option("--language", help="Write the text in this language; auto: as it was spoken.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="txt", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the text to this file; else it is printed."
)
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
def command(
    session: str, audio: Path | None, language: str | None, form: FileFormat, output: Path | None, **options: Any
) -> None:
    """Write what was said in SESSION (its code or id), as far as Kafka still keeps it.

    --audio OUT.wav: the speech as it was sent, 16 kHz mono; what was sent twice is there once, what is missing is
    silence. --language es: the final text, as paragraphs (txt), subtitles (srt, vtt) or segments with their media time
    (json). Where something is missing stands why.

    \b
    dragoman export calm-otter-123 --audio talk.wav
    dragoman export calm-otter-123 --language es > talk.es.txt
    dragoman export calm-otter-123 --language es --format srt --output talk.es.srt
    """
    if audio is None and language is None:
        raise DragomanError("what is wanted? Say --audio OUT.wav, --language TAG, or both")
    quieten()
    asyncio.run(_export(read_settings(**options), session, audio, _Text(language, form, output) if language else None))


class _Text(NamedTuple):
    language: str
    form: FileFormat
    output: Path | None


async def _export(settings: Settings, wanted: str, audio: Path | None, text: _Text | None) -> None:
    from dragoman.ops.records import find_session
    from dragoman.ops.where import kafka_address

    kafka = kafka_address(settings.kafka, settings.data)
    session = await find_session(kafka, wanted)
    if audio is not None:
        await _write_audio(kafka, session, audio)
    if text is not None:
        await _write_text(kafka, session, text)


async def _write_audio(kafka: str, session: Session, target: Path) -> None:
    from dragoman.ops.recording import write_wav
    from dragoman.ops.records import records

    frames = (r.message async for r in records(kafka, session, AUDIO) if isinstance(r.message, Audio))
    try:
        floor = await write_wav(frames, target)
    except OSError as error:
        raise DragomanError(f"{target} cannot be written: {error.strerror}") from error
    missing = f", {floor.gap / 16_000:.1f} s of it silence for what is missing" if floor.gap else ""
    click.echo(f"{target}: {floor.position / 16_000:.1f} s{missing}", err=True)


async def _write_text(kafka: str, session: Session, text: _Text) -> None:
    from dragoman.ops.records import records

    finals = Finals()
    for topic in (TRANSCRIPTS, TRANSLATIONS):
        async for record in records(kafka, session, topic):
            finals.take(record.message)
    wanted = FLOOR if text.language == AUTO else text.language
    if wanted and wanted not in finals.languages:
        there = f"; there is {', '.join(finals.languages)}" if finals.languages else ""
        raise DragomanError(
            f"{session.code} has no text in {text.language}: nobody listened to it, or Kafka keeps it no more{there}"
        )
    file = written(Transcribed.of(session, finals, wanted), text.form)
    if text.output is None:
        click.echo(file, nl=False)
        return
    try:
        text.output.write_bytes(file)
    except OSError as error:
        raise DragomanError(f"{text.output} cannot be written: {error.strerror}") from error
