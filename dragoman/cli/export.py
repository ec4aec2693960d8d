"""`dragoman export`: a past session as a file."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings


@click.command()
@click.argument("session")
@click.option("--audio", type=click.Path(dir_okay=False, path_type=Path), help="Write what was said to this WAV file.")
@click.option("--language", help="Print the text in this language (the spoken one or a target).")
@click.option("--format", "form", type=click.Choice(["txt", "json"]), default="txt", show_default=True)
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
def command(session: str, audio: Path | None, language: str | None, form: str, **options: Any) -> None:
    """Write what was said in SESSION (its code or id), as far as Kafka still keeps it.

    --audio OUT.wav: the speech as it was sent, 16 kHz mono; what was sent twice is there once, what is missing is
    silence. --language es: the final text, on standard output; `json` has one object a segment with its media time.

    \b
    dragoman export calm-otter-123 --audio talk.wav
    dragoman export calm-otter-123 --language es > talk.es.txt
    """
    if audio is None and language is None:
        raise DragomanError("what is wanted? Say --audio OUT.wav, --language TAG, or both")
    quieten()
    asyncio.run(_export(read_settings(**options), session, audio, language, form))


async def _export(settings: Settings, wanted: str, audio: Path | None, language: str | None, form: str) -> None:
    from dragoman.ops.records import find_session
    from dragoman.ops.where import kafka_address

    kafka = kafka_address(settings.kafka, settings.data)
    session = await find_session(kafka, wanted)
    if audio is not None:
        await _write_audio(kafka, session, audio)
    if language is not None:
        await _print_text(kafka, session, language, form)


async def _write_audio(kafka: str, session: Any, target: Path) -> None:
    from dragoman.ops.recording import write_wav
    from dragoman.ops.records import records
    from schemas.messages import Audio
    from schemas.topics import AUDIO

    frames = (r.message async for r in records(kafka, session, AUDIO) if isinstance(r.message, Audio))
    try:
        floor = await write_wav(frames, target)
    except OSError as error:
        raise DragomanError(f"{target} cannot be written: {error.strerror}") from error
    missing = f", {floor.gap / 16_000:.1f} s of it silence for what is missing" if floor.gap else ""
    click.echo(f"{target}: {floor.position / 16_000:.1f} s{missing}", err=True)


async def _print_text(kafka: str, session: Any, language: str, form: str) -> None:
    from dragoman.ops.recording import finals, topic_of
    from dragoman.ops.records import records
    from schemas.audio import to_ms
    from schemas.messages import Segment

    topic = topic_of(language, session.source_language)
    messages = (r.message async for r in records(kafka, session, topic) if isinstance(r.message, Segment))
    texts = await finals(messages, language)
    if not texts:
        raise DragomanError(
            f"{session.code} has no text in {language}: nobody listened to it, or Kafka keeps it no more"
        )
    for text in texts:
        if form == "json":
            fields = {"segment": text.segment, "startMs": to_ms(text.start), "endMs": to_ms(text.end)}
            click.echo(json.dumps({**fields, "text": text.text, "outcome": text.outcome}, ensure_ascii=False))
        elif text.text or text.outcome != "ok":
            click.echo(text.text or f"[{text.outcome}: {text.reason}]")
