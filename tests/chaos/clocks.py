"""A wall clock of its own for one process: libfaketime stands between a program and the time that it asks for."""

from pathlib import Path
from typing import Final

_LIBRARIES: Final = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def clock(offset: str) -> dict[str, str]:
    """The environment of a process whose wall clock is off by so much (`+1h`); how seconds pass stays as it is.

    Raises AssertionError where libfaketime is not installed.
    """
    found = [path for pattern in _LIBRARIES for path in Path("/").glob(pattern[1:])]
    assert found, "libfaketime is missing: sudo apt-get install -y libfaketime"
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
