"""What `dragoman models fetch` says, before and afterwards, and with which status it ends."""

from collections.abc import Container, Sequence

import click

from dragoman.cli.terminal import CLEAR_LINE
from dragoman.models.fetching import Fetched, download_bytes, hosts_of, kind_of
from dragoman.models.folder import ModelsFolder
from dragoman.models.manifest import Manifest, Model
from dragoman.models.taking import Watcher

SOMETHING_MISSING = 1
NO_RECOGNISER = 3
"""Exit statuses; 2 is an error of the call or of this machine."""


def before(wanted: Sequence[Model], folder: ModelsFolder, kinds: tuple[str, ...]) -> None:
    """What is going to be fetched, and how much it is."""
    absent = [model for model in wanted if folder.state(model) != "there"]
    if absent:
        down, disk = (
            sum(sizes) / 1e6 for sizes in zip(*((download_bytes(m, kinds), m.bytes) for m in absent), strict=True)
        )
        count = f"{len(absent)} model{'s' * (len(absent) > 1)}"
        click.echo(f"fetching {count}: about {down:,.0f} MB to download, {disk:,.0f} MB in {folder.path}")


def watcher() -> Watcher:
    class FetchScreen(Watcher):
        """A line that is written over on a terminal; a line for each model elsewhere."""

        tty = click.get_text_stream("stdout").isatty()

        def begins(self, model: Model) -> None:
            if not self.tty:
                click.echo(f"{model.name}: fetching…")

        def waits(self, name: str) -> None:
            click.echo(f"{name}: another process is at it, waiting…")

        def advances(self, model: Model, file: str, done: int, total: int) -> None:
            if self.tty:
                of = f" of {total / 1e6:,.1f}" if total else ""
                click.echo(f"{CLEAR_LINE}{model.name}: {file} {done / 1e6:,.1f}{of} MB", nl=False)

    return FetchScreen()


def outcome(fetched: Fetched, folder: ModelsFolder) -> None:
    """The last word about a model; what is wrong goes to standard error."""
    model = fetched.model
    if click.get_text_stream("stdout").isatty():
        click.echo(CLEAR_LINE, nl=False)
    if fetched.outcome != "missing":
        click.echo(
            f"{model.name}: {model.bytes / 1e6:,.0f} MB {'fetched' if fetched.outcome == 'fetched' else 'there'}"
        )
        for trouble in fetched.troubles:
            click.echo(f"  from another place, as this one did not give it: {trouble}", err=True)
        return
    instead = f"; {model.stand_in} serves instead" if model.stand_in else ""
    click.echo(f"{model.name}: could not be had{instead}", err=True)
    for trouble in fetched.troubles:
        click.echo(f"  {trouble}", err=True)


def is_only_better(fetched: Fetched, said: Container[str]) -> bool:
    """Nobody asked for it by name or language, and without it everything works: it was only not reached."""
    model = fetched.model
    official = all(kind_of(source) == "official" for source in model.sources)
    return fetched.outcome == "missing" and fetched.unreached and official and model.name not in said


def better(models: Sequence[Model]) -> None:
    """One line for all that nobody misses but who knows of it."""
    if models:
        hosts = " and ".join(sorted({host for model in models for host in hosts_of(model)}))
        names = ", ".join(model.name for model in models)
        click.echo(f"better ones could not be had without {hosts}: {names}", err=True)


def status(found: Sequence[Fetched], said: Container[str], known: Manifest, folder: ModelsFolder) -> int:
    """What was not reached is no fault where it is only better, or its stand-in is there."""
    there = {fetched.model.name for fetched in found if fetched.outcome != "missing"}
    faults = [
        each
        for each in found
        if each.outcome == "missing"
        and not is_only_better(each, said)
        and not (each.unreached and each.model.stand_in in there)
    ]
    recognisers = [fetched for fetched in found if fetched.model.kind == "recogniser"]
    if recognisers and not any(model.kind == "recogniser" for model in folder.present(known)):
        click.echo("no recogniser is there: nothing can be understood", err=True)
        return NO_RECOGNISER
    return SOMETHING_MISSING if faults else 0
