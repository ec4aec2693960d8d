"""`dragoman up`: everything on one machine."""

import contextlib
import errno
import logging
import os
import shutil
import sys

import click

from dragoman.cli.options import setting
from dragoman.runtime.settings import LOCAL, read_settings

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@click.command()
@setting("host")
@setting("port")
@setting("data")
@setting("workers", multiple=True, metavar="STAGE=NUMBER", help="Workers of a stage; one of each if not said.")
@setting("engines")
@setting("auth")
@setting("public_url")
@setting("tls_cert")
@setting("tls_key")
@setting("operator_host")
@setting("operator_port")
@setting("ops_host")
@setting("ops_port")
@setting("partitions")
@setting("keep_gb")
@setting("recognisers")
@setting("kafka")
@setting("redis")
@setting("log_level")
@setting("demo", help="Speak a sample into a fresh session, in a loop, and show what becomes of it.")
def command(workers: tuple[str, ...], **options: str | bool | None) -> None:
    """Start everything on this machine: Kafka, Redis, the gateway and the workers; keep it running.

    One line that begins with `ready` says that speakers and listeners can be served, and where. Ctrl-C stops
    everything. The files of Kafka and Redis and the logs of all processes are in the data folder; its `run.json` says
    which processes run, on which ports.

    With --kafka and --redis existing servers are used. Everything else can be set by DRAGOMAN_… variables, too.
    """
    from dragoman.local.refusal import STAGES_WITH_ENGINES
    from dragoman.local.screen import Screen
    from dragoman.local.up import up

    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # what matters of it is said in one line
    settings = read_settings(workers=",".join(workers) or None, **options)
    tty = click.get_text_stream("stdout").isatty()
    screen = Screen(_echo, tty=tty, width=lambda: shutil.get_terminal_size().columns)

    async def demo(url: str) -> None:
        from dragoman.client.connection import only, trusted
        from dragoman.local.demo import run

        if settings.tls_cert:  # its name need not be that of this machine, nor its signer known here
            trusted.set(only(settings.tls_cert))
        built_in = any(set(settings.engines_of(stage)) & set(LOCAL[stage]["local"]) for stage in STAGES_WITH_ENGINES)
        await run(url, screen, built_in=built_in, key=settings.speaker_key)

    up(settings, screen.line, demo if settings.demo else None)


def _echo(text: str, nl: bool = True) -> None:
    """For the person at the terminal; that it is gone must not keep anything from being stopped."""
    try:
        click.echo(text, nl=nl)
    except OSError as error:
        if error.errno in _NO_ROOM:  # a file on a full disk: what is in the buffer goes with the next line
            return
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
