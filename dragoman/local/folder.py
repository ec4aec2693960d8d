"""The data folder of `dragoman up`: used by one at a time, with what the running one tells others in `run.json`."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dragoman.runtime.called import called
from dragoman.runtime.errors import DragomanError

SCRATCH = "scratch"
"""Folder of the children's temporary files."""
_MOST_KEPT_B = 20_000_000_000


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Makes the folder and keeps it for this process; the lock ends with the process, however it ends.

    Raises DragomanError when another one has it, or when it cannot be written.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)  # what people said is in it
        lock = (data / "lock").open("a+")
    except OSError as error:
        raise DragomanError(f"the data folder {data} cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            owner = lock.read().strip() or "?"
            raise DragomanError(
                f"another `{called()} up` (process {owner}) uses the folder {data}: "
                "stop it, or give --data another folder"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def kept_secret(data: Path) -> str:
    """The secret of this folder, made once: a speaker's token outlives a restart."""
    path = data / "secret"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text()


def sweep(data: Path) -> None:
    """Empties the folder of temporary files: nobody runs who could need them."""
    shutil.rmtree(data / SCRATCH, ignore_errors=True)
    (data / SCRATCH).mkdir()


def kept_size(data: Path, free: int) -> int:
    """How many bytes the topics of this folder may take: decided once, from what is `free` then.

    A quarter of it: the rest of the machine needs room, too, and more than the quarter is in use for a while when a
    topic is compacted or Redis rewrites its file. Else every start would find less.
    """
    path = data / "keep"
    with suppress(OSError, ValueError):
        return int(path.read_text())
    size = min(free // 4, _MOST_KEPT_B)
    path.write_text(f"{size}\n")
    return size


def write_run(data: Path, run: dict[str, Any]) -> None:
    """Replaces `run.json` at once, so that nobody reads half of it. On a full disk the old one stays."""
    half = data / "run.json.new"
    try:
        half.write_text(json.dumps(run, indent=2) + "\n")
        half.replace(data / "run.json")
    except OSError:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def forget_run(data: Path) -> None:
    """Removes `run.json`: nothing runs any more."""
    with suppress(OSError):
        (data / "run.json").unlink(missing_ok=True)
