"""One download into a file: goes on where it was cut, and believes nothing but size and checksum."""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from dragoman.models.errors import CutError, NoSpaceError, WrongFileError
from dragoman.models.manifest import File
from dragoman.runtime.errors import DragomanError

TRIES = 5
"""Without a byte more each time; a try that brought something starts the count anew."""
CHUNK = 1 << 18
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Download(NamedTuple):
    """What a place sends."""

    start: int
    """Position of the first byte: what was asked for, or 0 if the place sends everything again."""
    total: int
    """Bytes of the whole file; 0: not said."""
    chunks: Iterator[bytes]
    """The bytes; raises CutError when the connection breaks."""
    sha256: str = ""
    """Of the whole file, if the place says it."""


Opener = Callable[[int], AbstractContextManager[Download]]
"""Asks a place for a file from a position on. Raises SourceError."""
Advanced = Callable[[int, int], None]
"""Gets the bytes that are there, and of how many; 0: not known."""


def download(
    opener: Opener,
    target: Path,
    wanted: File,
    advanced: Advanced = lambda done, total: None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Brings `wanted` to `target`, by way of `target.part`, with which a later call goes on.

    Raises SourceError, and DragomanError when the file cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    continued = part.exists()
    while True:
        said = _receive(opener, part, wanted, advanced, pause)
        wrong = difference(part, wanted) or (said and difference(part, File(path=wanted.path, sha256=said)))
        if not wrong:
            part.replace(target)
            return
        part.unlink()
        if not continued:  # else the old half may be that of another file: once more, from the start
            raise WrongFileError(f"{wanted.path} is not what was expected: {wrong}")
        continued = False


def _receive(opener: Opener, part: Path, wanted: File, advanced: Advanced, pause: Callable[[float], None]) -> str:
    """Returns with all bytes in `part`, and the checksum that the place says they have."""
    tries = 0
    while True:
        have = _length(part)
        if wanted.size and have == wanted.size:
            return ""
        try:
            with opener(have if not wanted.size or have < wanted.size else 0) as answer:
                total = answer.total or wanted.size
                if wanted.size and answer.total and answer.total != wanted.size:
                    raise WrongFileError(f"{wanted.path} has {answer.total:,} bytes there instead of {wanted.size:,}")
                _write(answer, part, total, advanced)
                if _length(part) >= total:
                    return answer.sha256
            cut: CutError = CutError(f"{wanted.path}: the connection was cut after {_length(part):,} bytes")
        except CutError as error:
            cut = error
        tries = 1 if _length(part) > have else tries + 1
        if tries >= TRIES:
            raise cut
        pause(min(2.0**tries, 30) / 4)


def _write(answer: Download, part: Path, total: int, advanced: Advanced) -> None:
    try:
        with part.open("r+b" if answer.start else "wb", buffering=0) as file:
            done = file.seek(answer.start)
            for chunk in answer.chunks:
                file.write(chunk)
                done += len(chunk)
                advanced(done, total)
                if total and done > total:
                    return  # more than there may be: the comparison says so
    except OSError as error:
        raise not_written(part, error) from error


def not_written(path: Path, error: OSError) -> DragomanError:
    """The error that says that a file cannot be written; when the disk is full, what was begun is taken away."""
    if error.errno in _FULL:
        path.unlink(missing_ok=True)
        return NoSpaceError(f"no space left for {path}")
    return DragomanError(f"{path} cannot be written: {error.strerror or error}")


def difference(path: Path, wanted: File) -> str:
    """What is wrong with a file; empty: nothing."""
    size = os.stat(path).st_size
    if wanted.size and size != wanted.size:
        return f"{size:,} bytes instead of {wanted.size:,}"
    for algorithm, expected in (("sha256", wanted.sha256), ("md5", wanted.md5)):
        if expected and (found := checksum(path, algorithm)) != expected.lower():
            return f"{algorithm} {found} instead of {expected}"
    return ""


def checksum(path: Path, algorithm: str = "sha256") -> str:
    """In hex. Not for secrecy: MD5 is what some registries give."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
