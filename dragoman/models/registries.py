"""Official registries that say, at the time of the fetch, which files a model has. Parsing only."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urljoin

import msgspec

from dragoman.models.errors import GoneError, WrongFileError
from dragoman.models.manifest import File, check_path
from dragoman.runtime.errors import DragomanError


class Listed(NamedTuple):
    """A file that a registry names."""

    file: File
    url: str


class _MozillaFile(msgspec.Struct):
    path: str
    uncompressedSize: int = 0
    uncompressedHash: str = ""


class _MozillaModel(msgspec.Struct):
    architecture: str = ""
    releaseStatus: str | None = None
    files: dict[str, _MozillaFile] = {}


class _MozillaRegistry(msgspec.Struct):
    baseUrl: str
    models: dict[str, list[_MozillaModel]]


_ARCHITECTURES = ("tiny", "base", "base-memory")
"""From small to large; of two that are released the larger one is taken."""


def mozilla_files(document: bytes, pair: str) -> list[Listed]:
    """The files of a pair's release; the registry has a checksum of the model itself, and of few of the others.

    Raises GoneError if there is no release of the pair, WrongFileError for a registry of another form.
    """
    registry = _decoded(document, _MozillaRegistry)
    released = [model for model in registry.models.get(pair, []) if (model.releaseStatus or "").startswith("Release")]
    if not released:
        raise GoneError(f"the registry has no release of {pair}")
    best = max(released, key=lambda model: (*_ARCHITECTURES, model.architecture).index(model.architecture) % 3)
    if not ("model" in best.files and best.files["model"].uncompressedHash):
        raise WrongFileError(f"the registry has no checksum of {pair}")
    if not {"vocab"} <= best.files.keys() and not {"srcVocab", "trgVocab"} <= best.files.keys():
        raise WrongFileError(f"the registry has no vocabulary of {pair}")
    return [
        Listed(
            File(path=_name(file.path).removesuffix(".gz"), size=file.uncompressedSize, sha256=file.uncompressedHash),
            f"{registry.baseUrl.rstrip('/')}/{file.path}",
        )
        for role, file in best.files.items()
        if role in ("model", "vocab", "srcVocab", "trgVocab", "lexicalShortlist")
    ]


def piper_files(document: bytes, url: str, voice: str) -> list[Listed]:
    """The files of a voice: the model, its settings, and the card with the licence of the recordings.

    Raises GoneError if there is no such voice, WrongFileError for a registry of another form.
    """
    voices = _decoded(document, dict[str, Any])
    if voice not in voices:
        raise GoneError(f"the registry has no voice {voice}")
    found = list(_piper_files(voices[voice], url))
    if {f"{voice}.onnx", f"{voice}.onnx.json"} - {listed.file.path for listed in found}:
        raise WrongFileError(f"the registry does not name the files of {voice}")
    return found


def _piper_files(voice: Any, url: str) -> Iterator[Listed]:
    try:
        for path, facts in voice["files"].items():
            file = File(path=_name(path), size=facts["size_bytes"], md5=facts["md5_digest"])
            yield Listed(file, urljoin(url, path))
    except (KeyError, TypeError, AttributeError) as error:
        raise WrongFileError(f"the registry has another form than expected: {error!r}") from error


def _decoded(document: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(document, type=kind)
    except msgspec.MsgspecError as error:
        raise WrongFileError(f"the registry has another form than expected: {error}") from error


def _name(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    try:
        check_path(name)
    except DragomanError as error:
        raise WrongFileError(f"the registry names {path!r}") from error
    return name
