"""`dragoman gateway`: one gateway, as `python -m gateway` runs it."""

import click


@click.command()
def command() -> None:
    """Run one gateway: the sockets and pages of speakers and listeners.

    Everything is set by DRAGOMAN_… variables; it needs DRAGOMAN_KAFKA, DRAGOMAN_REDIS and DRAGOMAN_SECRET, and the
    topics (`dragoman topics`). SIGTERM ends it.
    """
    from gateway.__main__ import main

    main()
