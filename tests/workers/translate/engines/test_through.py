"""A language by way of English."""

import pytest

from tests.workers.translate.engines.test_relatives import Pairs
from workers.errors import EngineCrashed, EngineRefused, EngineUnavailable
from workers.translate.engines import joined
from workers.translate.engines.through import ThroughEnglish

FIREFOX = Pairs("firefox", "en-pt en-fr pt-en", "en-fr")


def test_all_that_english_leads_to_reads_as_the_worse_half_does_or_worse() -> None:
    both = ThroughEnglish(Pairs("opus", "zh-en zh-fr ja-en", "ja-en"), FIREFOX)
    assert (both.name, both.sources) == ("opus+firefox", {"zh", "ja"})
    assert (both.targets("zh"), both.rough("zh")) == ({"pt"}, frozenset())
    assert both.targets("ja") == both.rough("ja") == {"pt", "fr"}
    assert both.targets("en") == frozenset()
    three = ThroughEnglish(Pairs("opus", "zh-en"), Pairs("firefox+apertium", "en-es en-gl en-ca", "en-ca"))
    assert three.rough("zh") == {"es", "gl", "ca"}
    assert ThroughEnglish(Pairs("opus", "zh-en"), FIREFOX).rough("zh") == {"fr"}


def test_each_engine_out_of_english_is_joined_to_opus_and_asked_in_its_order() -> None:
    engines = [FIREFOX, Pairs("opus", "zh-en"), Pairs("apertium", "en-es pt-es", "en-es")]
    names = [engine.name for engine in joined(engines)]
    assert names[:4] == ["firefox", "opus", "firefox+apertium", "apertium"]
    assert names[4:] == ["opus+firefox", "opus+firefox+apertium", "opus+apertium"]


async def test_one_half_after_the_other_and_a_half_that_fails_fails_the_whole() -> None:
    into, out_of = Pairs("opus", "zh-en"), Pairs("firefox", "en-pt")
    both = ThroughEnglish(into, out_of)
    await both.start()
    assert await both.translate("一", "zh-TW", "pt") == "pt: en: 一"
    out_of.fails["pt"] = EngineCrashed()
    with pytest.raises(EngineCrashed):
        await both.translate("一", "zh", "pt")
    with pytest.raises(EngineRefused):
        await both.translate("一", "zh", "fr")


async def test_halves_that_do_not_meet_or_whose_first_does_not_work_do_not_start() -> None:
    with pytest.raises(EngineUnavailable, match="do not meet"):
        await ThroughEnglish(Pairs("opus", "zh-de"), FIREFOX).start()
    broken = Pairs("opus", "zh-en")
    broken.fails["en"] = EngineCrashed()
    with pytest.raises(EngineUnavailable, match="opus does not work"):
        await ThroughEnglish(broken, FIREFOX).start()
