"""The folder of models on this machine: written by a fetch only, read by any number of processes and hosts.

    FOLDER/NAME/PATH         the files of a model, as the manifest names them
    FOLDER/NAME/model.json   the note: what the files are, and where they came from
    FOLDER/.fetching/        what is being fetched, and the locks; may be deleted while nothing is fetched

A model appears with all its files at once, by a rename.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from dragoman.models.download import difference
from dragoman.models.errors import NoSpaceError
from dragoman.models.manifest import File, Manifest, Model
from dragoman.runtime.errors import DragomanError

NOTE = "model.json"

ModelState = Literal["there", "not there", "incomplete", "other"]
"""`other`: complete, and not what the manifest now names."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Lies beside the files of a model and says what was fetched."""

    name: str
    """Of the model."""
    fetched_at: str
    """UTC."""
    places: tuple[str, ...]
    """Places that the files came from."""
    files: tuple[File, ...]
    """With the size and SHA-256 that they had."""


def models_folder(setting: str) -> Path:
    """The folder that a setting names; if it names none, one of the user's data (XDG base directories)."""
    if setting:
        return Path(setting)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "dragoman" / "models"


class ModelsFolder:
    """What is there, and the steps by which something gets there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fetching = path / ".fetching"

    def place(self, name: str) -> Path:
        """The folder of a model, whether it is there or not."""
        return self.path / name

    def note(self, name: str) -> Note | None:
        """None: the model is not there."""
        try:
            return msgspec.json.decode((self.place(name) / NOTE).read_bytes(), type=Note)
        except (OSError, msgspec.MsgspecError):
            return None

    def state(self, model: Model) -> ModelState:
        """Looks at names and sizes; `damages` reads the files."""
        note = self.note(model.name)
        if note is None:
            return "incomplete" if self.place(model.name).exists() else "not there"
        if any(not _has_size(self.place(model.name) / file.path, file.size) for file in note.files):
            return "incomplete"
        had, wanted = _sums(note.files), _sums(model.files)
        return "there" if not wanted or had == wanted else "other"

    def damages(self, model: Model) -> list[str]:
        """A line for each file that is not what the note says."""
        note = self.note(model.name)
        found = []
        for file in note.files if note else ():
            path = self.place(model.name) / file.path
            if wrong := difference(path, file) if path.is_file() else "missing":
                found.append(f"{model.name}/{file.path}: {wrong}")
        return found

    def present(self, manifest: Manifest) -> tuple[Model, ...]:
        """The models that can be used, the better one first where two do the same."""
        return tuple(model for model in manifest.models if self.state(model) in ("there", "other"))

    def unused(self, manifest: Manifest) -> list[str]:
        """Names of those that only stand in for one that is there, too."""
        present = self.present(manifest)
        spare = {model.stand_in for model in present}
        return [model.name for model in present if model.name in spare]

    def unknown(self, manifest: Manifest) -> list[str]:
        """Names of models that are there and that the manifest does not have."""
        known = {model.name for model in manifest.models}
        notes = self.path.glob(f"*/{NOTE}")
        return sorted(note.parent.name for note in notes if note.parent.name not in known)

    # --- what a fetch does ---

    @contextmanager
    def locked(self, name: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """One fetch at a time of a model or package; `waiting` is told if another process is at it."""
        self._make(self._fetching)
        with (self._fetching / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def building(self, name: str) -> Path:
        """Where a model's files are gathered; what an earlier fetch left is still there."""
        return self._make(self._fetching / name)

    def packages(self) -> Path:
        """Where packages are kept while a fetch runs: two models may need the same. Used under the lock `packages`."""
        return self._make(self._fetching / "packages")

    def drop_packages(self) -> None:
        """Those that are complete; one that was cut stays for the next fetch."""
        with self.locked("packages"):
            for path in self.packages().iterdir():
                if path.suffix != ".part":
                    path.unlink()

    def appear(self, name: str, note: Note) -> None:
        """Puts what was built into its place; who reads the former one goes on reading it."""
        building = self.building(name)
        for path in building.rglob("*"):
            if path.is_file() and path.relative_to(building).as_posix() not in {file.path for file in note.files}:
                path.unlink()
        (building / NOTE).write_bytes(msgspec.json.format(msgspec.json.encode(note)))
        for path in (building, *building.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # read by processes of other users
        self._put_away(name)
        building.rename(self.place(name))

    def remove(self, name: str) -> int:
        """Returns the bytes that are free now; what was begun of it goes, too."""
        with self.locked(name):
            freed = _bytes(self.place(name)) + _bytes(self._fetching / name)
            self._put_away(name)
            shutil.rmtree(self._fetching / name, ignore_errors=True)
        return freed

    def require_space(self, needed: int) -> None:
        """Raises NoSpaceError if there is less."""
        free = shutil.disk_usage(self._make(self.path)).free
        if free < needed:
            raise NoSpaceError(f"{needed / 1e6:,.0f} MB are needed in {self.path}, and {free / 1e6:,.0f} MB are free")

    def _put_away(self, name: str) -> None:
        """By a rename first, so that nobody sees half of a model."""
        away = self._fetching / f"{name}.old"
        shutil.rmtree(away, ignore_errors=True)
        if self.place(name).exists():
            self.place(name).rename(away)
            shutil.rmtree(away)

    def _make(self, folder: Path) -> Path:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DragomanError(f"{folder} cannot be made: {error.strerror}") from error
        return folder


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _sums(files: tuple[File, ...]) -> dict[str, str]:
    return {file.path: file.sha256 for file in files}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
