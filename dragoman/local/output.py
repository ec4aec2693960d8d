"""What a child writes to its output, kept in a file that is rotated by size."""

import logging
import threading
from collections import deque
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

MAX_BYTES = 10_000_000
FILES = 5
_LONGEST_LINE = 65_536


class OutputLog:
    """Takes the output of one child after the other: a program that is started again goes on in the same file."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.last_lines: deque[str] = deque(maxlen=20)
        self._file = _Rotated(path, maxBytes=max_bytes, backupCount=FILES, encoding="utf-8", delay=True)
        self._writing = threading.Lock()
        self._closed = False

    def pump(self, output: IO[bytes]) -> threading.Thread:
        """Copies until the other end is closed, in a thread: a full disk or a slow one must not stop the supervisor."""
        thread = threading.Thread(target=self._copy, args=(output,), name=f"log {self.path.stem}", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Closes the file. What a child's own children still say is read, so that they do not stop, and left out."""
        with self._writing:  # the handler would open its file again for a line that comes later
            self._closed = True
            self._file.close()

    def _copy(self, output: IO[bytes]) -> None:
        with output:
            while line := output.readline(_LONGEST_LINE):
                text = line.decode(errors="replace").rstrip("\n")
                with self._writing:
                    if not self._closed:
                        self._file.keep(text)
                self.last_lines.append(text)


class _Rotated(RotatingFileHandler):
    """What cannot be written is left out; how much that was stands in its place."""

    dropped = 0

    def keep(self, text: str) -> None:
        """A line."""
        before = self.dropped
        if before:
            self.handle(logging.makeLogRecord({"msg": f"[{before} lines could not be written here]"}))
            if self.dropped > before:
                return
            self.dropped = 0
        self.handle(logging.makeLogRecord({"msg": text}))

    def handleError(self, record: logging.LogRecord) -> None:
        """The standard library would write a traceback to the terminal, for each line. What is half written in the
        file's buffer goes, too."""
        self.dropped += 1
        stream, self.stream = self.stream, None  # it is opened anew for the next line
        if stream:
            with suppress(OSError):
                stream.close()
