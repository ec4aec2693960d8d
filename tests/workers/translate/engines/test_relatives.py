"""Two engines that meet in Portuguese."""

import pytest

from tests.workers.texts import tags
from tests.workers.translate.glossed import Glossed
from workers.errors import EngineCrashed, EngineRefused, EngineUnavailable
from workers.translate.engines.relatives import RelativesTranslator


class Pairs(Glossed):
    """Knows some pairs."""

    def __init__(self, name: str, pairs: str, rough: str = "") -> None:
        super().__init__(name)
        self._pairs = [tuple(pair.split("-")) for pair in pairs.split()]
        self._rough_pairs = [tuple(pair.split("-")) for pair in rough.split()]
        self.sources = tags(*(source for source, _ in self._pairs))

    def targets(self, source: str) -> frozenset[str]:
        return tags(*(target for known, target in self._pairs if known == source))

    def rough(self, source: str) -> frozenset[str]:
        return tags(*(target for known, target in self._rough_pairs if known == source))


RULES = Pairs("apertium", "en-es pt-es pt-gl es-pt gl-pt", "en-es")


def test_relatives_are_reached_by_way_of_the_pivot_and_lead_back() -> None:
    both = RelativesTranslator(Pairs("firefox", "en-pt pt-en"), RULES)
    assert both.name == "firefox+apertium"
    assert both.targets("en") == {"es", "gl"}
    assert both.targets("es") == both.targets("gl") == {"en"}
    assert both.targets("pt") == frozenset()
    assert both.sources == {"en", "es", "gl"}


def test_three_steps_read_roughly() -> None:
    both = RelativesTranslator(Pairs("firefox", "en-pt pt-en pt-fr fr-en fr-pt", "fr-pt pt-fr"), RULES)
    assert both.rough("en") == frozenset()
    assert both.rough("fr") == both.targets("fr") == {"es", "gl"}
    assert both.rough("es") == {"fr"}
    assert both.rough("gl") == {"en", "fr"}


def test_without_the_pivot_there_is_nothing() -> None:
    assert RelativesTranslator(Pairs("firefox", "en-de"), RULES).sources == frozenset()


async def test_one_half_after_the_other_and_a_half_that_fails_fails_the_whole() -> None:
    model, rules = Pairs("firefox", "en-pt pt-en"), Pairs("apertium", "pt-es es-pt")
    both = RelativesTranslator(model, rules)
    await both.start()
    assert await both.translate("one", "en-US", "es") == "es: pt: one"
    assert await both.translate("uno", "es", "en") == "en: pt: uno"
    rules.fails["es"] = EngineCrashed()
    with pytest.raises(EngineCrashed):
        await both.translate("one", "en", "es")
    with pytest.raises(EngineRefused):
        await both.translate("one", "en", "fr")


async def test_halves_that_do_not_meet_do_not_start() -> None:
    with pytest.raises(EngineUnavailable, match="do not meet"):
        await RelativesTranslator(Pairs("firefox", "en-de"), RULES).start()
