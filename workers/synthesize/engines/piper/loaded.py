"""Which of Piper's voices are in memory: those that spoke last."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from workers.errors import EngineCrashed
from workers.synthesize.engines.process import SpeakingProcesses, Spoken

NEEDS_MB: Final = 384
"""A process takes 320 MB."""
SHARE: Final = 0.25
"""Of the memory: Kokoro takes a half, and the worker itself and the encoders the rest."""


def most_loaded(usable_mb: float) -> int:
    """How many voices may stay in memory on a machine, or in a container, that has so much."""
    return max(1, int(usable_mb * SHARE / NEEDS_MB))


class Loaded:
    """A process for each voice that is in memory; the one that was not used for longest makes room for another."""

    def __init__(self, timeout_s: float, memory_mb: int, most: int) -> None:
        """`timeout_s` and `memory_mb` as of SpeakingProcesses."""
        self._timeout_s, self._memory_mb = timeout_s, memory_mb
        self._all: dict[str, SpeakingProcesses] = {}
        self._used: list[str] = []
        """Names of voices in memory, that which was used last at the end."""
        self._asked: Counter[str] = Counter()
        """Requests that somebody waits for."""
        self._most = most

    def add(self, name: str, child: Sequence[str]) -> None:
        """A voice, and its program; nothing runs before it is asked."""
        if name not in self._all:
            self._all[name] = SpeakingProcesses(child, self._timeout_s, self._memory_mb)

    async def remove(self, name: str) -> None:
        """A voice that is there no more; its calls raise EngineCrashed."""
        self._used = [other for other in self._used if other != name]
        await self._all.pop(name).close()

    async def ask(self, name: str, *request: object) -> Spoken:
        """Lets a voice speak. Raises EngineTimeout, EngineCrashed.

        A voice that speaks just now stays: more than `most` are in memory only while more than that speak at once.
        """
        if name not in self._all:
            raise EngineCrashed("(its voice was removed)")
        self._used = [*(other for other in self._used if other != name), name]
        self._asked[name] += 1
        try:
            for other in self._used[: -self._most]:
                if not (self._asked[other] or self._all[other].speaking):
                    self._used.remove(other)
                    await self._all[other].unload()
            return await self._all[name].ask(*request)
        finally:
            self._asked[name] -= 1

    async def close(self) -> None:
        """Ends the processes; calls that are under way raise EngineCrashed."""
        for processes in self._all.values():
            await processes.close()
