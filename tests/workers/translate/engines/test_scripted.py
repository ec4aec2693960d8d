"""The scripted translator keeps the text."""

import pytest

from workers.errors import EngineCrashed
from workers.translate.engines.scripted import ScriptedTranslator


async def test_the_text_is_kept_as_it_is() -> None:
    translator = ScriptedTranslator()
    for text in ("0 to 32000", "", " \0\n~"):
        assert await translator.translate(text, "en", "tlh") == text


async def test_every_language_is_offered_from_every_language() -> None:
    translator = ScriptedTranslator()
    assert translator.sources == {"*"}
    assert translator.targets("yue") == {"*"}


async def test_faults_are_raised() -> None:
    with pytest.raises(EngineCrashed):
        await ScriptedTranslator(faults="fail:1").translate("one", "en", "es")
