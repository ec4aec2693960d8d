"""`dragoman worker STAGE`: one worker, as `python -m workers.STAGE` runs it."""

from importlib import import_module

import click

from schemas.topics import STAGES


@click.command()
@click.argument("stage", type=click.Choice(list(STAGES)))
def command(stage: str) -> None:
    """Run one worker of STAGE: transcribe, translate, synthesize or broadcast.

    Everything is set by DRAGOMAN_… variables; it needs DRAGOMAN_KAFKA, DRAGOMAN_REDIS and the topics (`dragoman
    topics`). DRAGOMAN_INSTANCE is its stable name: two workers of a stage never run under the same one. SIGTERM lets
    it finish what is final and hand its partitions over.
    """
    import_module(f"workers.{stage}.__main__").main()
