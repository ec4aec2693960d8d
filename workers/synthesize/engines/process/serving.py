"""Inside a process that speaks. A request is a line of JSON; the reply is a header, and PCM."""

import json
import os
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

HEADER: Final = struct.Struct(">II")
"""Bytes of PCM that follow, and milliseconds of the processor that they took."""
CANNOT_START: Final = 126
"""Exit status, as of a shell: says nothing of a text."""

Speak = Callable[..., bytes]


def serve(speak: Speak, requests: BinaryIO, replies: BinaryIO) -> None:
    """Speaks one text after the other until the requests end."""
    for line in requests:
        began = _worked_s()
        pcm = speak(*json.loads(line))
        replies.write(HEADER.pack(len(pcm), round((_worked_s() - began) * 1000)) + pcm)
        replies.flush()


def run(prepare: Callable[[], Speak]) -> None:
    """Serves the parent with the voice that `prepare` loads; what goes wrong with a text ends the process.

    ImportError, OSError and ValueError of `prepare` are no fault of a text's.
    """
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what native code may print is no reply
    try:
        speak = prepare()
    except (ImportError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(CANNOT_START)
    serve(speak, sys.stdin.buffer, replies)


def _worked_s() -> float:
    """Of this process, and of the programs that it runs or ran."""
    ended = os.times()
    running = (stat.read_text().rpartition(")")[2].split() for stat in _children())
    return time.process_time() + ended.children_user + ended.children_system + sum(map(_ticks_s, running))


def _children() -> Iterator[Path]:
    for listed in Path("/proc/self/task").glob("*/children"):
        yield from (Path(f"/proc/{pid}/stat") for pid in listed.read_text().split())


def _ticks_s(stat: list[str]) -> float:
    """User and system time, from the line of proc(5) behind the program's name."""
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
