"""What runs in a process of ours that translates: the frames are those of workers.translate.processes.frames.

An engine may hold the interpreter's lock while it works, be bound to the thread that made it, or panic with what is no
Exception: there nothing else is held up or ended by that.
"""

import os
import sys
from collections.abc import Callable
from typing import Final

CANNOT_START: Final = 126
"""Exit status, as of a shell: says nothing of a text."""
_READ_BYTES: Final = 65_536

Translate = Callable[[str], str]
"""One line in, one line out."""


def run(load: Callable[[], Translate]) -> None:
    """Serves the parent; what goes wrong with a text ends the process."""
    try:
        translate = load()
    except BaseException:  # noqa: BLE001 - a panic of an engine is no Exception
        sys.exit(CANNOT_START)
    serve(translate, 0, 1)


def serve(translate: Translate, requests: int, replies: int) -> None:
    """Answers until the requests end. The text is what stands before the first NUL, the block behind it comes back."""
    waiting = b""
    while received := os.read(requests, _READ_BYTES):
        waiting += received
        while waiting.count(b"\0") >= 2:
            text, block, waiting = waiting.split(b"\0", 2)
            answer = translate(text.decode(errors="replace")).replace("\0", " ")
            reply = memoryview(answer.encode(errors="replace") + b"\0" + block + b"\0")
            while reply:
                reply = reply[os.write(replies, reply) :]
