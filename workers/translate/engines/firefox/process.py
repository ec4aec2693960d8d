"""A process with the model of one pair: `python -m workers.translate.engines.firefox.process FOLDER`.

The engine holds the interpreter's lock while it works, is bound to the thread that made it, and may panic with what is
no Exception: here nothing else is held up or ended by that. The frames are those of workers.translate.processes.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fxtranslate import Translator

CANNOT_START: Final = 126
"""Exit status, as of a shell: says nothing of a text."""
_READ_BYTES: Final = 65_536


def load(folder: Path) -> "Translator":
    """The model in a folder. Raises ImportError, OSError, ValueError, StopIteration."""
    from fxtranslate import Translator  # not there is no fault of a text's either

    return Translator(
        _one(folder, "model*.bin"),
        _one(folder, "srcvocab*.spm", "vocab*.spm"),
        _one(folder, "trgvocab*.spm", "vocab*.spm"),
        _one(folder, "lex*.bin"),  # without the shortlist a sentence costs half as much again
    )


def serve(translator: "Translator", requests: int, replies: int) -> None:
    """Answers until the requests end. The text is what stands before the first NUL, the block behind it comes back."""
    waiting = b""
    while received := os.read(requests, _READ_BYTES):
        waiting += received
        while waiting.count(b"\0") >= 2:
            text, block, waiting = waiting.split(b"\0", 2)
            answer = translator.translate(text.decode(errors="replace")).replace("\0", " ")
            reply = memoryview(answer.encode(errors="replace") + b"\0" + block + b"\0")
            while reply:
                reply = reply[os.write(replies, reply) :]


def _one(folder: Path, *patterns: str) -> bytes:
    return next(path for pattern in patterns for path in sorted(folder.glob(pattern))).read_bytes()


def main() -> None:
    """Serves the parent; what goes wrong with a text ends the process."""
    try:
        translator = load(Path(sys.argv[1]))
    except BaseException:  # noqa: BLE001 - a panic of the engine is no Exception
        sys.exit(CANNOT_START)
    serve(translator, 0, 1)


if __name__ == "__main__":
    main()
