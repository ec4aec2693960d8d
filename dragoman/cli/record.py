"""`dragoman record`: a session as one file."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from workers.stage import Record


@click.command()
@click.argument("session")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@setting("kafka", help="Kafka brokers, `host:port,…`.")
@setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")
def command(session: str, file: Path, **options: Any) -> None:
    """Keep SESSION (its code or id) as FILE: what was said, all that was made of it, and what engines were asked.

    `dragoman replay FILE` and `dragoman trace FILE` work on it anywhere, without a Kafka, also when Kafka keeps the
    session no more. It has everything that was said, and neither the session's PIN nor its owner: mind who gets it. An
    hour of talk is about 100 MB, and 15 MB more for each language that was heard. Records that this version cannot read
    are left out, and counted: record with the version that the session was held with.

    \b
    dragoman record calm-otter-123 otter.dragoman
    dragoman replay otter.dragoman --stage translate --diff
    """
    quieten()
    code, count, unreadable = asyncio.run(_record(read_settings(**options), session, file))
    if unreadable:
        click.echo(f"left out, as this version cannot read them: {unreadable:,} records", err=True)
    click.echo(f"{file}: {count:,} records of {code}, {file.stat().st_size / 1e6:.1f} MB", err=True)


async def _record(settings: Settings, wanted: str, file: Path) -> tuple[str, int, int]:
    """Whose records it kept, how many, and how many it left out."""
    from dragoman.ops.recorded import TOPICS, keep
    from dragoman.ops.sources import open_source
    from dragoman.runtime.version import version

    source = await open_source(settings, wanted)

    async def all_records() -> "AsyncIterator[Record]":
        for topic in TOPICS:
            async for record in source.records(topic):
                yield record

    count = await keep(file, source.session, version(), all_records())
    return source.session.code, count, source.unreadable
