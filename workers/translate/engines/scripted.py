"""A translator without a model: it keeps the text, so that tests of the plumbing are exact and cheap."""

import asyncio

from schemas.languages import ANY
from workers.faults import Faults


class ScriptedTranslator:
    """Any language into any other; every call takes `latency_ms` and may have a fault."""

    name = "scripted"
    partials = True
    at_once = 32

    def __init__(self, latency_ms: float = 0, faults: str = "") -> None:
        """`faults` is a script of workers.faults. Raises SettingsError."""
        self.sources = frozenset({ANY})
        self._latency_s = latency_ms / 1000
        self._faults = Faults(faults, seed="translate")

    def targets(self, source: str) -> frozenset[str]:
        """Every language, from every language."""
        return frozenset({ANY})

    def rough(self, source: str) -> frozenset[str]:
        """None: the text is as good as it was."""
        return frozenset()

    async def start(self) -> None:
        """Nothing to prove."""

    async def translate(self, text: str, source: str, target: str) -> str:
        """`text` itself.

        Raises EngineCrashed where the script has a `fail` or `crash`, never returns where it has a `hang`.
        """
        await self._faults.strike(text)
        await asyncio.sleep(self._latency_s)
        return text

    async def close(self) -> None:
        """Nothing was started."""
