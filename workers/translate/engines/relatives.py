"""Two engines, one after the other: to Portuguese by a model, from there to its close relatives by rule, and backwards.

A route across both is one unit: where one half fails the whole has failed, and the next engine is asked.
"""

from workers.errors import EngineRefused, EngineUnavailable
from workers.translate.engine import Translator
from workers.translate.routes import PIVOT, RELATIVES, ROUGH_RELATIVES


class RelativesTranslator:
    """Neither starts nor closes its halves: they are engines of the process themselves."""

    partials = True

    def __init__(self, model: Translator, rules: Translator) -> None:
        """`model` knows the pivot, `rules` its relatives."""
        self._model, self._rules = model, rules
        self.name = f"{model.name}+{rules.name}"
        self.at_once = min(model.at_once, rules.at_once)

    @property
    def sources(self) -> frozenset[str]:
        """From which the halves meet."""
        return frozenset(source for source in self._model.sources | self._rules.sources if self.targets(source))

    def targets(self, source: str) -> frozenset[str]:
        """By way of the pivot, which itself needs only one of the two."""
        if source == PIVOT:
            return frozenset()
        if source in RELATIVES:
            near = PIVOT in self._rules.targets(source)
            return self._model.targets(PIVOT) - RELATIVES - {source} if near else frozenset()
        far = PIVOT in self._model.targets(source)
        return self._rules.targets(PIVOT) & RELATIVES if far else frozenset()

    def rough(self, source: str) -> frozenset[str]:
        """What does not read well, or has more than the two steps."""
        first = self._rules if source in RELATIVES else self._model
        second = self._model if source in RELATIVES else self._rules
        if PIVOT in first.rough(source) and source not in RELATIVES:
            return self.targets(source)
        beyond = second.rough(PIVOT) if second is self._model else frozenset()
        return frozenset(
            target for target in self.targets(source) if target in beyond or (source, target) in ROUGH_RELATIVES
        )

    async def start(self) -> None:
        """Raises EngineUnavailable if the halves do not meet."""
        if not self.sources:
            raise EngineUnavailable(f"{self._model.name} and {self._rules.name} do not meet in {PIVOT} here.")

    async def translate(self, text: str, source: str, target: str) -> str:
        """One line of text. Raises EngineError, as the half does that failed."""
        source = source.split("-")[0].lower()
        if target not in self.targets(source):
            raise EngineRefused(f"{self.name} has no way from {source} to {target} here.")
        first, second = (self._rules, self._model) if source in RELATIVES else (self._model, self._rules)
        return await second.translate(await first.translate(text, source, PIVOT), PIVOT, target)

    async def close(self) -> None:
        """Nothing was started."""
