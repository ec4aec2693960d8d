"""The bad days of a scripted engine, on demand: which share of its calls fails, which never ends, which text kills."""

import asyncio
import random
from typing import Final

from dragoman.runtime.children import dying_with_parent
from dragoman.runtime.errors import SettingsError
from workers.endings import ending
from workers.errors import EngineCrashed

KINDS = ("fail", "hang", "crash")
FAULTY: Final = ("sh", "-c", "ulimit -c 0; kill -s SEGV $$")
"""A program that does what a bug in an engine's library does, and leaves no core."""


class Faults:
    """Deals out faults by a seeded generator: the same script, seed and number of calls give the same faults."""

    def __init__(self, script: str, seed: str) -> None:
        """`script` is `fail:0.1,hang:0.01,crash:0.001`, kind and share of calls (`crash`: of texts), or empty.

        Raises SettingsError.
        """
        self._shares, self._seed = parse(script), seed
        self._deadly = self._shares.pop("crash", 0.0)
        self._random = random.Random(seed)

    async def strike(self, text: str = "") -> None:
        """Lets this call pass, or raises EngineCrashed (`fail`), or never returns (`hang`).

        A text that kills (`crash`) does so each time: a child process ends by a fault, and EngineEnded is raised.
        """
        dice = self._random.random()
        if text and deadly(text, self._deadly, self._seed):
            await _crash()
        for kind, share in self._shares.items():
            if dice < share:
                await _suffer(kind)
            dice -= share


def deadly(text: str, share: float, seed: str) -> bool:
    """Whether the text is among the `share` (0 to 1) of all texts that end the process of an engine."""
    return random.Random(f"{seed} {text}".encode(errors="replace")).random() < share


def parse(script: str) -> dict[str, float]:
    """Share of calls, 0 to 1, by kind. Raises SettingsError."""
    shares: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in script.split(","))):
        kind, _, share = part.partition(":")
        try:
            shares[kind] = float(share)
        except ValueError:
            raise SettingsError(f"DRAGOMAN_SCRIPTED_FAULTS: {part!r} is not `kind:share`") from None
        if kind not in KINDS:
            raise SettingsError(f"DRAGOMAN_SCRIPTED_FAULTS: {kind!r} is none of {', '.join(KINDS)}")
    if not all(0 <= share <= 1 for share in shares.values()) or sum(shares.values()) > 1:
        raise SettingsError("DRAGOMAN_SCRIPTED_FAULTS: shares are 0 to 1, together at most 1")
    return shares


async def _suffer(kind: str) -> None:
    if kind == "hang":
        await asyncio.Event().wait()
    raise EngineCrashed("(as scripted)")


async def _crash() -> None:
    child = await asyncio.create_subprocess_exec(*dying_with_parent(FAULTY))
    try:
        raise ending(await child.wait(), alone=True)
    finally:
        if child.returncode is None:
            child.kill()
