"""`dragoman dead-letters`: what no stage could process, and what an operator does about it."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.ops.dead_letters import Letter

SHOWN_BYTES = 2_000
"""Of a value that cannot be decoded."""

kafka = setting("kafka", help="Kafka brokers, `host:port,…`.")
data = setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")


@click.group()
def command() -> None:
    """See to the records that no stage could process.

    A stage that cannot process a record writes it to the topic `dead-letters`, with where it came from and why, and
    goes on with the next one. A letter stays in the log as long as Kafka keeps it (DRAGOMAN_TEXT_RETENTION_H); when it
    was replayed or discarded it is no longer listed.

    \b
    dragoman dead-letters list
    dragoman dead-letters show 3:17
    dragoman dead-letters replay 3:17
    dragoman dead-letters discard 3:17
    """
    quieten()


@command.command("list")
@kafka
@data
def list_(**options: Any) -> None:
    """List the letters that nobody has seen to, oldest first.

    \b
    ID      partition:offset in `dead-letters`, for the other commands
    AT      when the stage gave the record up, UTC
    FROM    the stage, and topic:partition:offset of the record; without an offset Kafka did not take it
    """
    from dragoman.ops.dead_letters import letters, place_of

    found = asyncio.run(letters(_kafka(options)))
    if not found:
        click.echo("no dead letters", err=True)
        return
    click.echo(f"{'ID':<9} {'AT':<20} {'SESSION':<24} {'FROM':<36} WHY")
    for letter in found:
        dead = letter.dead
        place = f"{dead.stage} {place_of(dead)}"
        click.echo(f"{letter.id:<9} {_at(letter):<20} {_code(letter):<24} {place:<36} {dead.error}")


@command.command()
@click.argument("letter_id", metavar="ID")
@kafka
@data
def show(letter_id: str, **options: Any) -> None:
    """Show the letter ID whole: its headers and what it says.

    It may hold words that were spoken. Audio is shown as its length only.
    """
    from dragoman.ops.dead_letters import find_letter, place_of

    letter = asyncio.run(find_letter(_kafka(options), letter_id))
    click.echo("this may hold words that were spoken: mind who sees it", err=True)
    dead = letter.dead
    by = "made" if dead.offset < 0 else "read"
    click.echo(f"session  {letter.session_id}\nfrom     {place_of(dead)}, {by} by {dead.stage}")
    click.echo(f"at       {_at(letter)}\nwhy      {dead.error}")
    for name, value in dead.headers.items():
        click.echo(f"header   {name}: {value!r}")
    click.echo(f"value    {_value(letter)}")


@command.command()
@click.argument("letter_id", metavar="ID")
@click.option("--force", is_flag=True, help="Also when later records of its session have overtaken it.")
@kafka
@data
def replay(letter_id: str, force: bool, **options: Any) -> None:
    """Give the record of letter ID back to the topic and partition that it came from, so that its stage tries again.

    Of use after the stage was mended: what fails again becomes a new letter. A letter that was overtaken (later records
    of its session are in the topic already) has lost its place; it is given back only with --force.
    """
    from dragoman.ops.dead_letters import fate, find_letter, overtaken, replay_letter

    async def run(address: str) -> None:
        letter = await find_letter(address, letter_id)
        if late := await overtaken(address, letter):
            if not force:
                raise DragomanError(f"{letter_id} was overtaken: {fate(letter)}; --force gives it back all the same")
            click.echo(f"overtaken: {fate(letter)}", err=True)
        offset = await replay_letter(address, letter)
        place = f"{letter.dead.topic}:{letter.dead.partition}:{offset}"
        click.echo(f"{letter_id} is given back as {place}{', overtaken' if late else ''}")

    asyncio.run(run(_kafka(options)))


@command.command()
@click.argument("letter_id", metavar="ID")
@kafka
@data
def discard(letter_id: str, **options: Any) -> None:
    """List the letter ID no longer. The log keeps it, and who reads the topic sees that it was discarded."""
    from dragoman.ops.dead_letters import discard_letter, find_letter

    async def run(address: str) -> None:
        await discard_letter(address, await find_letter(address, letter_id))
        click.echo(f"{letter_id} is discarded")

    asyncio.run(run(_kafka(options)))


def _kafka(options: dict[str, Any]) -> str:
    from dragoman.ops.where import kafka_address

    settings = read_settings(**options)
    return kafka_address(settings.kafka, settings.data)


def _at(letter: "Letter") -> str:
    return datetime.fromtimestamp(letter.dead.at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _code(letter: "Letter") -> str:
    return letter.session_id.rpartition("-")[0] or letter.session_id


def _value(letter: "Letter") -> str:
    import msgspec

    message = letter.message
    if message is None:
        return f"{len(letter.dead.value)} bytes, not decodable: {letter.dead.value[:SHOWN_BYTES]!r}"
    fields = msgspec.to_builtins(message, builtin_types=(bytes,))
    shown = {name: f"{len(field)} bytes" if isinstance(field, bytes) else field for name, field in fields.items()}
    return msgspec.json.encode(shown).decode()
