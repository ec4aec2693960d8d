"""Two engines, one after the other: into English by a model, from there by whatever another engine knows.

A route across both is one unit: where one half fails the whole has failed, and the next engine is asked.
"""

from workers.errors import EngineError, EngineRefused, EngineUnavailable
from workers.translate.engine import Translator
from workers.translate.routes import ROUGH_THROUGH_ENGLISH

PIVOT = "en"
_PROBE = "Madrid, 1985."


class ThroughEnglish:
    """Neither starts nor closes its halves: they are engines of the process themselves."""

    def __init__(self, into: Translator, out_of: Translator) -> None:
        """`into` leads into English, `out_of` out of it."""
        self._into, self._out_of = into, out_of
        self.name = f"{into.name}+{out_of.name}"
        self.partials = into.partials and out_of.partials
        self.at_once = min(into.at_once, out_of.at_once)

    @property
    def sources(self) -> frozenset[str]:
        """From which the halves meet."""
        return frozenset(source for source in self._into.sources if self.targets(source))

    def targets(self, source: str) -> frozenset[str]:
        """What English leads to, and the first half not at once."""
        known = self._into.targets(source)
        return self._out_of.targets(PIVOT) - known - {source} if PIVOT in known else frozenset()

    def rough(self, source: str) -> frozenset[str]:
        """It reads as the worse of its halves does, or worse."""
        if PIVOT in self._into.rough(source):
            return self.targets(source)
        worse = {target for known, target in ROUGH_THROUGH_ENGLISH if known == source}
        return self.targets(source) & (self._out_of.rough(PIVOT) | worse)

    async def start(self) -> None:
        """Raises EngineUnavailable if the halves do not meet, or the first one, started before, did not work."""
        if not self.sources:
            raise EngineUnavailable(f"{self._into.name} and {self._out_of.name} do not meet in English here.")
        try:
            await self._into.translate(_PROBE, min(self.sources), PIVOT)
        except EngineError as error:
            raise EngineUnavailable(f"{self._into.name} does not work: {error}") from error

    async def translate(self, text: str, source: str, target: str) -> str:
        """One line of text. Raises EngineError, as the half does that failed."""
        source = source.split("-")[0].lower()
        if target not in self.targets(source):
            raise EngineRefused(f"{self.name} has no way from {source} to {target} here.")
        return await self._out_of.translate(await self._into.translate(text, source, PIVOT), PIVOT, target)

    async def close(self) -> None:
        """Nothing was started."""
