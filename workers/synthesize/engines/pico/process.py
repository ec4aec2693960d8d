"""A process with Pico's voices: `python -m workers.synthesize.engines.pico.process`.

Pico holds the interpreter's lock while it speaks, and has hung with it: here nothing else is held up, and it can be
killed. A request is a line of JSON: [text, voice, speed, pitch, volume]; the reply is the length in bytes (4,
big-endian), and PCM.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import BinaryIO, Final

LENGTH_BYTES: Final = 4
CANNOT_START: Final = 126
"""Exit status, as of a shell: says nothing of a text."""


def serve(speak: Callable[[str, str, float, float, float], bytes], requests: BinaryIO, replies: BinaryIO) -> None:
    """Speaks one text after the other until the requests end."""
    for line in requests:
        pcm = speak(*json.loads(line))
        replies.write(len(pcm).to_bytes(LENGTH_BYTES, "big") + pcm)
        replies.flush()


def main() -> None:
    """Serves the parent; what goes wrong with a text ends the process."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what native code may print is no reply
    try:
        from py_nanotts import NanoTTS  # not there is no fault of a text's

        speak = NanoTTS().speak  # makes a new engine of Pico's for each call
    except ImportError:
        sys.exit(CANNOT_START)
    serve(speak, sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
