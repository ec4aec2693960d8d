"""The bad days of a scripted engine, on demand: which share of its calls fails, and which never ends."""

import asyncio
import random

from dragoman.runtime.errors import SettingsError
from workers.errors import EngineCrashed

KINDS = ("fail", "hang")


class Faults:
    """Deals out faults by a seeded generator: the same script, seed and number of calls give the same faults."""

    def __init__(self, script: str, seed: str) -> None:
        """`script` is `fail:0.1,hang:0.01`, kind and share of calls, or empty. Raises SettingsError."""
        self._shares = parse(script)
        self._random = random.Random(seed)

    async def strike(self) -> None:
        """Lets this call pass, or raises EngineCrashed (`fail`), or never returns (`hang`)."""
        dice = self._random.random()
        for kind, share in self._shares.items():
            if dice < share:
                await _suffer(kind)
            dice -= share


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
