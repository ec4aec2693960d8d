"""`dragoman topics`: creates what is missing, brings retention up to date."""

import asyncio
from typing import TYPE_CHECKING

import click

from dragoman.cli.options import setting
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings
from schemas.topics import topics

if TYPE_CHECKING:
    from dragoman.kafka.topics import TopicChange


@click.command()
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("partitions")
@setting("replication")
@setting("audio_retention_h")
@setting("text_retention_h")
@setting("keep_gb")
def command(**options: str | None) -> None:
    """Create the Kafka topics that are missing and apply retention to those that exist.

    Doing it again changes nothing. Partitions of a topic that exists are never changed: the same session must stay on
    the same partition. A topic with another number of partitions is an error that says what to do.
    """
    settings = read_settings(**options)
    if not settings.kafka:
        raise DragomanError("which Kafka? Give --kafka host:port or set DRAGOMAN_KAFKA")
    outcomes = asyncio.run(_apply(settings))
    for outcome in outcomes:
        click.echo(f"{outcome.topic}: {outcome.state} {outcome.remark}".rstrip())
    if any(outcome.state == "differs" for outcome in outcomes):
        raise DragomanError("not every topic is as it must be, see above")


async def _apply(settings: Settings) -> "list[TopicChange]":
    from dragoman.kafka.bounds import GB, bounded
    from dragoman.kafka.topics import apply_topics
    from dragoman.runtime.reach import kafka_trouble

    if trouble := await kafka_trouble(settings.kafka):
        raise DragomanError(trouble)
    wanted = topics(settings.audio_retention_h, settings.text_retention_h)
    if settings.keep_gb:
        wanted = bounded(wanted, round(settings.keep_gb * GB), settings.partitions)
    return await apply_topics(settings.kafka, wanted, settings.partitions, settings.replication)
