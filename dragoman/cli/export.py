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
from dragoman.transcripts.timing import CLOCKS, Clock, Timing, seconds
from schemas.languages import AUTO
from schemas.messages import Audio, Session
from schemas.notice import worded
from schemas.topics import AUDIO, TRANSCRIPTS, TRANSLATIONS


class Time(click.ParamType):
    """Seconds, as people write times."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Ends the command for what is none."""
        read = seconds(str(value))
        if read is None:
            self.fail(f"{value!r} is no time: write 90, 1:30 or 0:01:30.5", param, ctx)
        return read


@click.command()
@click.argument("session")
@click.option("--audio", type=click.Path(dir_okay=False, path_type=Path), help="Write what was said to this WAV file.")
@click.option("--language", help="Write the text in this language; auto: as it was spoken.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="txt", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the text to this file; else it is printed."
)
@click.option(
    "--clock",
    type=click.Choice(CLOCKS),
    default="media",
    show_default=True,
    help="media: times stand still in a pause; wall: they run on, as a recording of the room does.",
)
@click.option("--offset", type=Time(), default=0.0, help="Is added to each time, `-1:30` or seconds.")
@click.option("--from", "begin", type=Time(), help="Leave out what ends before this time of the file.")
@click.option("--to", "end", type=Time(), help="Leave out what begins after this time of the file.")
@click.option(
    "--direction-marks/--no-direction-marks",
    "marks",
    default=True,
    show_default=True,
    help="Lines of srt in languages like Arabic say that they are read from right to left.",
)
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
def command(
    session: str,
    audio: Path | None,
    language: str | None,
    form: FileFormat,
    output: Path | None,
    clock: Clock,
    offset: float,
    begin: float | None,
    end: float | None,
    marks: bool,
    **options: Any,
) -> None:
    """Write what was said in SESSION (its code or id), as far as Kafka still keeps it.

    --audio OUT.wav: the speech as it was sent, 16 kHz mono; what was sent twice is there once, what is missing is
    silence. --language es: the final text, as paragraphs (txt), subtitles (srt, vtt) or segments with their media time
    (json). Where something is missing stands why; where the speaker paused, for how long (not in srt).

    Subtitles of a talk with pauses that are to lie under a recording of the room need --clock wall, and --offset if it
    was not switched on together with the session.

    \b
    dragoman export calm-otter-123 --audio talk.wav
    dragoman export calm-otter-123 --language es > talk.es.txt
    dragoman export calm-otter-123 --language es --format srt --output talk.es.srt
    dragoman export calm-otter-123 --language es --format srt --clock wall --offset -2:10
    """
    if audio is None and language is None:
        raise DragomanError("what is wanted? Say --audio OUT.wav, --language TAG, or both")
    quieten()
    timing = Timing(clock, offset, begin, end)
    text = _Text(language, form, output, timing, marks) if language else None
    asyncio.run(_export(read_settings(**options), session, audio, text))


class _Text(NamedTuple):
    language: str
    form: FileFormat
    output: Path | None
    timing: Timing
    marks: bool


async def _export(settings: Settings, wanted: str, audio: Path | None, text: _Text | None) -> None:
    from dragoman.ops.records import find_session
    from dragoman.ops.where import kafka_address

    kafka = kafka_address(settings.kafka, settings.data)
    session = await find_session(kafka, wanted)
    if audio is not None:
        await _write_audio(kafka, session, audio)
    if text is not None:
        await _write_text(kafka, session, text, worded(settings.notice))


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


async def _write_text(kafka: str, session: Session, text: _Text, said: str) -> None:
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
    made = Transcribed.of(session, finals, wanted, timing=text.timing, marks=text.marks, notice=said)
    file = written(made, text.form)
    if text.output is None:
        click.echo(file, nl=False)
        return
    try:
        text.output.write_bytes(file)
    except OSError as error:
        raise DragomanError(f"{text.output} cannot be written: {error.strerror}") from error
