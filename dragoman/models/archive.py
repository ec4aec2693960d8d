"""Members of zip and tar archives as streams. Nothing but the named members is unpacked."""

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from dragoman.models.download import CHUNK, not_written
from dragoman.models.errors import WrongFileError

_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Archives:
    """Archives, each opened once; one that lies in another is unpacked into `scratch` first."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._stack = ExitStack()
        self._opened: dict[Path, zipfile.ZipFile | tarfile.TarFile] = {}
        self._inner: dict[str, Path] = {}

    def __enter__(self) -> "Archives":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for path in self._inner.values():
            path.unlink(missing_ok=True)

    def join(self, pieces: Iterable[tuple[Path, str]], target: Path, limit: int) -> None:
        """Writes the pieces, each an archive and a member (`MEMBER` or `ARCHIVE!MEMBER`), one after the other.

        Stops behind `limit` bytes: no archive fills the disk. Raises WrongFileError, and DragomanError when `target`
        cannot be written.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("wb", buffering=0) as file:
                for archive, member in pieces:
                    with self._member(archive, member) as stream:
                        for chunk in _read(stream, f"{archive.name}!{member}"):
                            if file.tell() <= limit:
                                file.write(chunk)
        except OSError as error:
            raise not_written(target, error) from error

    @contextmanager
    def _member(self, archive: Path, member: str) -> Iterator[IO[bytes]]:
        outer, _, inner = member.partition("!")
        if inner:
            key = f"{archive.name}!{outer}"
            if key not in self._inner:
                path = self._scratch / f"inner-{len(self._inner)}"
                self._inner[key] = path
                with self._member(archive, outer) as stream, path.open("wb") as file:
                    shutil.copyfileobj(stream, file, CHUNK)
            archive, outer = self._inner[key], inner
        with self._open(archive, outer) as stream:
            yield stream

    def _open(self, archive: Path, member: str) -> IO[bytes]:
        try:
            if archive not in self._opened:
                self._opened[archive] = self._stack.enter_context(_archive(archive))
            opened = self._opened[archive]
            stream = opened.open(member) if isinstance(opened, zipfile.ZipFile) else opened.extractfile(member)
        except (KeyError, *_BROKEN) as error:
            raise WrongFileError(f"{archive.name} has no readable member {member}: {error}") from error
        if stream is None:
            raise WrongFileError(f"{archive.name}: {member} is no file")
        return stream


def _archive(path: Path) -> Any:
    return zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path)


def _read(stream: IO[bytes], name: str) -> Iterator[bytes]:
    while True:
        try:
            chunk = stream.read(CHUNK)
        except _BROKEN as error:
            raise WrongFileError(f"{name} is broken: {error}") from error
        if not chunk:
            return
        yield chunk
