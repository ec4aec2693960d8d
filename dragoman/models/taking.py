"""Takes the files of a model from one place: whatever kind of place it is, only what has the right checksum counts."""

import gzip
import shutil
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never
from urllib.parse import quote

from dragoman.models.archive import Archives
from dragoman.models.download import CHUNK, Opener, difference, download, not_written
from dragoman.models.errors import WrongFileError
from dragoman.models.folder import ModelsFolder
from dragoman.models.index import Index
from dragoman.models.manifest import Archive, File, Model, Mozilla, Packages, Piper, Site, Source
from dragoman.models.registries import Listed, mozilla_files, piper_files
from dragoman.models.web import Web

Pieces = dict[str, tuple[tuple[Path, str], ...]]
"""Path of a file to its pieces: an archive and the member in it."""


class Watcher:
    """Is told what happens to a model; this one says nothing."""

    def begins(self, model: Model) -> None:
        """It is going to be fetched."""

    def waits(self, name: str) -> None:
        """Another process is at it."""

    def advances(self, model: Model, file: str, done: int, total: int) -> None:
        """Bytes of a download that are there, and of how many; 0: not known."""


@dataclass
class Work:
    """A model while it is fetched."""

    model: Model
    building: Path
    """The folder where its files are gathered."""
    missing: list[File]
    done: list[File] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    """Where the files came from."""

    def has(self, file: File, place: str) -> None:
        """A file came, and is what it must be."""
        self.missing.remove(file)
        self.done.append(file)
        self.places.append(place)


@dataclass(frozen=True)
class Taker:
    """Asks places."""

    folder: ModelsFolder
    watcher: Watcher = field(default_factory=Watcher)
    web: Web = field(default_factory=Web)
    index: Index = field(default_factory=Index)
    pause: Callable[[float], None] = time.sleep

    def take(self, source: Source, work: Work) -> None:
        """Takes what the place has of what is missing. Raises SourceError at the first file that it does not give, and
        DragomanError when nothing can be written.
        """
        match source:
            case Site():
                for file in [file for file in work.missing if not source.files or file.path in source.files]:
                    url = source.url + quote(file.path)
                    self._download(self.web.at(url), work.building / file.path, file, work.model)
                    work.has(file, url)
            case Archive():
                archive = work.building / "archive"
                pieces: Pieces = {path: ((archive, member),) for path, member in source.members.items()}
                self._unpack(work, pieces, {archive: (self.web.at(source.url), source.size)}, source.url)
            case Packages():
                with self.folder.locked("packages", lambda: self.watcher.waits("the packages")):
                    self._take_packages(source, work)
            case Mozilla():
                document = self._document(source.url, work)
                self._take_listed(mozilla_files(document, source.pair), work)
            case Piper():
                document = self._document(source.url, work)
                self._take_listed(piper_files(document, source.url, source.voice), work)
            case _:
                assert_never(source)

    def _take_packages(self, source: Packages, work: Work) -> None:
        folder = self.folder.packages()
        pieces: Pieces = {
            path: tuple((folder / name, member) for name, _, member in (piece.partition("!") for piece in members))
            for path, members in source.members.items()
        }
        needed = {archive for file in work.missing for archive, _ in pieces.get(file.path, ())}
        archives = {
            folder / package.file: (self.index.file(package), package.size)
            for package in source.packages
            if folder / package.file in needed
        }
        self._unpack(work, pieces, archives, ", ".join(package.file for package in source.packages))

    def _unpack(self, work: Work, pieces: Pieces, archives: dict[Path, tuple[Opener, int]], place: str) -> None:
        """Downloads archives and takes the missing files out of them."""
        files = [file for file in work.missing if file.path in pieces]
        for archive, (opener, size) in archives.items() if files else ():
            if not archive.exists():
                self._download(opener, archive, File(path=archive.name, size=size), work.model)
        try:
            with Archives(work.building) as opened:
                for file in files:
                    target = work.building / file.path
                    opened.join(pieces[file.path], target, file.size)
                    if wrong := difference(target, file):
                        raise WrongFileError(f"{file.path} in {place} is not what was expected: {wrong}")
                    work.has(file, place)
        except WrongFileError:
            for archive in archives:
                archive.unlink()  # the next fetch shall not find it again
            raise

    def _take_listed(self, listed: list[Listed], work: Work) -> None:
        """The files of a registry's release belong together: all of them come anew."""
        work.missing, work.done, work.places = [file for file, _ in listed], [], []
        for file, url in listed:
            target = work.building / file.path
            sent = target.with_name(f"{target.name}.sent")
            self._download(self.web.at(url), sent, File(path=file.path), work.model)
            _unpack_gzip(sent, target)
            if wrong := difference(target, file):
                target.unlink()
                raise WrongFileError(f"{url} is not what the registry says: {wrong}")
            work.has(file, url)

    def _document(self, url: str, work: Work) -> bytes:
        """A registry, anew each time."""
        target = work.building / "registry"
        target.with_name(f"{target.name}.part").unlink(missing_ok=True)
        self._download(self.web.at(url), target, File(path=url), work.model)
        return target.read_bytes()

    def _download(self, opener: Opener, target: Path, file: File, model: Model) -> None:
        def advanced(done: int, total: int) -> None:
            self.watcher.advances(model, target.name, done, total)

        download(opener, target, file, advanced, self.pause)


def _unpack_gzip(sent: Path, target: Path) -> None:
    """What is no gzip, or was unpacked by the server on the way, is taken as it came."""
    try:
        with sent.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        if packed:
            with gzip.open(sent) as source, target.open("wb") as unpacked:
                shutil.copyfileobj(source, unpacked, CHUNK)
            sent.unlink()
        else:
            sent.replace(target)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        sent.unlink()
        raise WrongFileError(f"{target.name} came broken: {error}") from error
    except OSError as error:
        raise not_written(target, error) from error
