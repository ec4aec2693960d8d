"""Keeps the client library from spinning.

Its HTTP/2 engine (CRT) asks for the next bytes of a request over and over as long as there are none, and takes most of
a core for that (its issues #25, #84, #109, #121). A millisecond of sleep, outside Python's lock, ends it.
"""

import time
from typing import Final

from amazon_transcribe import serialize
from amazon_transcribe.structures import BufferableByteStream

_SLEEP_S: Final = 0.001
"""Measured: 0.001 takes 4 to 7 % of a core for 1 to 20 streams, and more sleep adds to the latency of each."""


class GentleStream(BufferableByteStream):
    """The body of a request."""

    def read(self, size: int | None = -1) -> bytes:
        """Called by the thread of the CRT."""
        try:
            return super().read(-1 if size is None else size) or b""
        except BlockingIOError:
            time.sleep(_SLEEP_S)
            raise


def read_gently() -> None:
    """From now on, in this process. The library looks the class up by name when a request begins."""
    serialize.BufferableByteStream = GentleStream  # type: ignore[attr-defined]
