"""How much is free on the disk under the data folder, and what the person at the terminal is told about it."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from dragoman.runtime.errors import DragomanError

COMFORTABLE_B: Final = 2_000_000_000
"""With less a warning is due: an hour of one session is 115 MB of audio."""
TO_START_B: Final = 300_000_000
"""With less nothing is started: it would soon stand."""
TO_GO_ON_B: Final = 100_000_000
"""With less Kafka and Redis are not started again: they would end at once, perhaps with half of a file."""
FULL_B: Final = 10_000_000
"""With less whatever runs will soon be refused a write."""
LOOK_S: Final = 1.0
_PROBE_BYTES: Final = 1_000_000


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder, which need not exist yet."""
    existing = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    return shutil.disk_usage(existing).free


def shown(size: float) -> str:
    """A number of bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def too_little(data: Path, free: int) -> str:
    """Why nothing can be started with so much free, and what to do; or nothing."""
    if free >= TO_START_B:
        return ""
    return (
        f"only {shown(free)} are free on the disk of {data}, and {shown(TO_START_B)} are needed to start: "
        "free some, or give --data a folder on another disk"
    )


def rather_little(data: Path, free: int) -> str:
    """A warning, or nothing."""
    if free >= COMFORTABLE_B:
        return ""
    return f"only {shown(free)} are free on the disk of {data}: when it is full nothing that is said can be kept"


def unusable(data: Path, error: OSError) -> str:
    """What is said of a disk of which nobody can tell what is free."""
    return f"the disk of {data} cannot be used: {_said(error)}"


class Disk:
    """Watches the disk of one data folder. Each change is said in one line."""

    def __init__(
        self, data: Path, say: Callable[[str], None], free: Callable[[Path], int] = free_bytes, look_s: float = LOOK_S
    ) -> None:
        self._data, self._say, self._free, self._look_s = data, say, free, look_s
        self._warned = self._full = False

    def require(self) -> None:
        """Raises DragomanError when there is too little to start with, or nobody can tell."""
        try:
            trouble = too_little(self._data, self._free(self._data))
        except OSError as error:
            trouble = unusable(self._data, error)
        if trouble:
            raise DragomanError(trouble)

    async def watch(self) -> None:
        """Warns when little is left, for as long as it runs."""
        while True:
            self._look()
            await asyncio.sleep(self._look_s)

    async def until_there_is(self) -> None:
        """Waits until a server can write its files."""
        while trouble := self._trouble():
            self._tell(trouble)
            await asyncio.sleep(self._look_s)
        self._look()

    def _look(self) -> None:
        try:
            free = self._free(self._data)
        except OSError as error:  # the disk itself fails, or is not there any more: it may come back
            self._tell(_said(error))
            return
        if free < FULL_B:
            self._tell(f"only {shown(free)} are free")
        elif self._full:
            if not self._trouble():
                self._full = False
                self._say(f"there is room again on the disk of {self._data} ({shown(free)}): all goes on")
        elif (warning := rather_little(self._data, free)) and not self._warned:
            self._say(warning)
        self._warned = free < COMFORTABLE_B

    def _tell(self, trouble: str) -> None:
        if not self._full:
            self._full = True
            self._say(
                f"the disk of {self._data} is full ({trouble}), nothing that is said can be kept: "
                f"free {shown(TO_GO_ON_B)}, then all goes on by itself"
            )

    def _trouble(self) -> str:
        """Why a server cannot write its files, or nothing. What is free says nothing of a quota or a broken disk."""
        probe = self._data / "probe"
        try:
            if (free := self._free(self._data)) < TO_GO_ON_B:
                return f"only {shown(free)} are free"
            with probe.open("wb", buffering=0) as file:
                if file.write(bytes(_PROBE_BYTES)) < _PROBE_BYTES:
                    return "a file cannot be written to its end"
        except OSError as error:
            return _said(error)
        finally:
            with suppress(OSError):  # on a disk that is read-only even this is refused
                probe.unlink(missing_ok=True)
        return ""


def _said(error: OSError) -> str:
    return error.strerror or type(error).__name__
