"""`dragoman gateway`: one gateway, as `python -m gateway` runs it."""

import click

from dragoman.cli.options import setting


@click.command()
@setting("host")
@setting("port")
@setting("auth")
@setting("public_url")
@setting("tls_cert")
@setting("tls_key")
def command(**options: str | None) -> None:
    """Run one gateway: the sockets and pages of speakers and listeners.

    Everything can be set by DRAGOMAN_… variables, too; it needs DRAGOMAN_KAFKA, DRAGOMAN_REDIS and DRAGOMAN_SECRET, and
    the topics (`dragoman topics`). SIGTERM ends it.
    """
    from gateway.__main__ import main

    main(**options)
