"""`dragoman dead-letters`: what no stage could process."""

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.cli.quiet import quieten
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.ops.dead_letters import Letter

SPOKEN = "What follows may hold words that someone spoke."
kafka = setting("kafka", help="Kafka brokers, `host:port,…`.")
data = setting("data", help="Data folder of a running `dragoman up`, which knows its Kafka.")


@click.group()
def command() -> None:
    """List, show, replay and discard the records that no stage could process.

    A record becomes a dead letter when it cannot be decoded, or when it ended its worker three times, the last time
    while nothing else was worked on. It is kept as it was; its stage went on, and where words are missing a `failed`
    record stands in their place. Letters are kept as long as texts are (DRAGOMAN_TEXT_RETENTION_H).

    \b
    dragoman dead-letters list
    dragoman dead-letters show 3:17        # partition and offset of the letter, as listed
    dragoman dead-letters replay 3:17      # after the cause is mended
    dragoman dead-letters discard 3:17
    """


@command.command("list")
@kafka
@data
@click.option("--json", "as_json", is_flag=True, help="One JSON object a letter, without its value.")
def list_command(as_json: bool, **options: str | None) -> None:
    """Show the letters that nobody has dealt with: when, which stage, where from, whose, and why.

    FROM is topic, partition and offset of the record. No spoken words are shown.
    """
    from dragoman.ops.dead_letters import open_letters

    letters = asyncio.run(open_letters(_kafka(options)))
    if as_json:
        for letter in letters:
            click.echo(json.dumps({"id": letter.id, "session": letter.session, **_facts(letter)}))
        return
    if not letters:
        click.echo("there are no dead letters", err=True)
        return
    click.echo(f"{'ID':<10}{'WHEN':<21}{'STAGE':<12}{'FROM':<24}{'SESSION':<22}WHY")
    for letter in letters:
        dead, origin = letter.dead, _from(letter)
        click.echo(f"{letter.id:<10}{_when(dead.at):<21}{dead.stage:<12}{origin:<24}{letter.session:<22}{dead.error}")


@command.command()
@click.argument("identity", metavar="ID")
@kafka
@data
def show(identity: str, **options: str | None) -> None:
    """Show all of letter ID: the record's headers, and its value, decoded where it can be.

    The value may hold words that someone spoke. Audio is shown by its length alone.
    """
    from dragoman.ops.dead_letters import find_letter

    letter = asyncio.run(find_letter(_kafka(options), identity))
    for name, fact in {"session": letter.session_id, **_facts(letter), "when": _when(letter.dead.at)}.items():
        click.echo(f"{name}: {fact}")
    for name, text in letter.dead.headers.items():
        click.echo(f"header {name}: {text}")
    click.echo(SPOKEN, err=True)
    click.echo(_value(letter))


@command.command()
@click.argument("identity", metavar="ID")
@kafka
@data
@click.option("--force", is_flag=True, help="Also when later words of the session have overtaken it.")
def replay(identity: str, force: bool, **options: str | None) -> None:
    """Give the record of letter ID back to the topic and partition that it came from, so that its stage tries again.

    Do it after the cause is mended: a record that still ends its worker takes three more crashes to become a letter
    again. Usually the session has gone on meanwhile. Then the letter was overtaken, and listeners see nothing of it,
    because captions are never shown out of order: the replay is refused. With --force it is done all the same; what
    the stage makes of it stands in the topics, for `dragoman export` and your own readers. Audio is an exception: where
    a final (or the announced hole) already accounts for it, transcribe passes it over.
    """
    from dragoman.ops.dead_letters import find_letter, overtaken, replay_letter

    address = _kafka(options)
    letter = asyncio.run(find_letter(address, identity))
    late = asyncio.run(overtaken(address, letter))
    if late and not force:
        raise DragomanError(
            f"{identity} was overtaken: later words of {letter.session} came through, so that no listener would see "
            "it; --force writes it to the topics all the same"
        )
    asyncio.run(replay_letter(address, letter))
    remark = " (overtaken: it appears in the topics, but not to listeners)" if late else ""
    click.echo(f"{identity} was given back to {letter.dead.topic}, partition {letter.dead.partition}{remark}")


@command.command()
@click.argument("identity", metavar="ID")
@kafka
@data
def discard(identity: str, **options: str | None) -> None:
    """Put letter ID aside: it is listed no more.

    A log cannot be cut: a record behind it says that it was dealt with, and both leave the topic when their time is
    over. Nothing else changes.
    """
    from dragoman.ops.dead_letters import discard_letter, find_letter

    address = _kafka(options)
    letter = asyncio.run(find_letter(address, identity))
    asyncio.run(discard_letter(address, letter))
    click.echo(f"{identity} is listed no more")


def _kafka(options: dict[str, str | None]) -> str:
    from dragoman.ops.where import kafka_address

    quieten()
    settings = read_settings(**options)
    return kafka_address(settings.kafka, settings.data)


def _facts(letter: "Letter") -> dict[str, Any]:
    dead = letter.dead
    origin = {"topic": dead.topic, "partition": dead.partition, "offset": dead.offset}
    return {"stage": dead.stage, **origin, "error": dead.error, "at": dead.at}


def _from(letter: "Letter") -> str:
    return f"{letter.dead.topic}:{letter.dead.partition}:{letter.dead.offset}"


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _value(letter: "Letter") -> str:
    import msgspec

    if letter.message is None:
        return f"{len(letter.dead.value)} bytes that cannot be decoded, they begin: {letter.dead.value[:200]!r}"
    fields = msgspec.to_builtins(letter.message, builtin_types=(bytes,))
    shown = {name: f"{len(given)} bytes" if isinstance(given, bytes) else given for name, given in fields.items()}
    return json.dumps(shown, ensure_ascii=False, indent=2)
