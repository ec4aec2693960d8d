"""The package index that pip is configured with: one file of it, as bytes.

pip has no command that downloads a source distribution without running what is in it, and none that goes on with a cut
download. What pip has is all that leads to an index: addresses, certificates, proxies, names and passwords, from its
files, variables and keyring. So a child process (`index_child.py`) asks the index by pip's own session, by the public
protocol of indexes, and hands over the bytes; it opens no file of a package.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

from dragoman.models.download import CHUNK, Download, Opener
from dragoman.models.errors import CutError, GoneError, UnreachableError
from dragoman.models.manifest import Package
from dragoman.runtime.children import dying_with_parent


class Index:
    """Asks the index. After it was not reached once, it is not asked again."""

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python
        self._unreached = ""

    def file(self, package: Package) -> Opener:
        """A file of the index."""
        return lambda start: self._open(package, start)

    @contextmanager
    def _open(self, package: Package, start: int) -> Iterator[Download]:
        if self._unreached:
            raise UnreachableError(self._unreached)
        argv = [self._python, "-m", "dragoman.models.index_child", package.project, package.file, str(start)]
        child = subprocess.Popen(
            dying_with_parent(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert child.stdout
        assert child.stderr
        try:
            head = self._head(child, package, start)
            yield Download(head["start"], head["total"], iter(partial(child.stdout.read, CHUNK), b""), head["sha256"])
        finally:
            child.kill()
            child.stdout.close()
            child.stderr.close()
            child.wait()

    def _head(self, child: "subprocess.Popen[bytes]", package: Package, start: int) -> dict[str, Any]:
        """The line before the bytes: what is sent, or why nothing is."""
        assert child.stdout
        assert child.stderr
        line = child.stdout.readline()
        head: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
        if "gone" in head:
            raise GoneError(f"{package.file}: {head['gone']}")
        if "start" in head:
            return head
        why = head.get("unreached") or _last_line(child.stderr) or "pip's session ended without an answer"
        if start:
            raise CutError(f"{package.file}: {why}")
        self._unreached = f"package index: {why}"
        raise UnreachableError(self._unreached)


def _last_line(stderr: IO[bytes]) -> str:
    lines = stderr.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
