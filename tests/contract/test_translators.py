"""What every translator keeps, whatever it is made of."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from dragoman.runtime.settings import Settings
from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineUnavailable
from workers.starting import start_all
from workers.translate.engine import Translator
from workers.translate.engines import NAMES, create_all

SENTENCES = ["Sunday is the best part of the week.", "We are going home now.", "I do not know.", "Good evening!"]
STRANGE = ["", " ", "\0", "a\0b", "one\ntwo", "~", "[[]{}^$/\\@<>", "😀", "\ud83d", "\uffff", "-h", "x" * 10_000]
BACK = {"pt": "A casa é grande.", "es": "La casa es grande.", "gl": "A casa é grande.", "ca": "La casa és gran."}
LANGUAGES_AT_ONCE = 3
WITH_MODELS = ("firefox", "firefox+apertium")
"""Their models are fetched with everything else: without them these tests fail."""


@pytest.fixture(params=[*NAMES, "firefox+apertium"])
async def translator(request: pytest.FixtureRequest) -> AsyncIterator[Translator]:
    made = create_all(Settings(engine_timeout_s=60, translate_engines=request.param.replace("+", ",")))
    try:
        working = {each.name: each for each in await start_all(made)}
        if "apertium" not in working and "apertium" in request.param:
            pytest.skip("the pairs of apertium are not installed")
        yield working[request.param]
    except EngineUnavailable as missing:
        if request.param in WITH_MODELS:
            raise
        pytest.skip(str(missing))
    finally:
        for each in made:
            await each.close()


def targets(translator: Translator) -> list[str]:
    """What it offers from English; some of any, where it offers all."""
    offered = translator.targets("en")
    return ["es", "ca", "tlh"] if "*" in offered else sorted(offered)


def test_it_says_what_it_can_do(translator: Translator) -> None:
    assert set(translator.name.split("+")) <= set(NAMES)
    assert isinstance(translator.partials, bool)
    assert translator.sources & {"en", "*"}
    assert translator.targets("en")
    assert "en" not in translator.targets("en")
    assert all(translator.rough(source) <= translator.targets(source) for source in translator.sources)


async def test_an_unknown_language_is_refused(translator: Translator) -> None:
    if translator.targets("en") == {"*"}:
        return
    for source, target in (("en", "tlh"), ("tlh", "en")):
        with pytest.raises(EngineRefused):
            await translator.translate(SENTENCES[0], source, target)


async def test_it_translates_back_to_english_where_it_says_so(translator: Translator) -> None:
    for source, text in BACK.items():
        if "en" in translator.targets(source) and "*" not in translator.sources:
            answer = await translator.translate(text, source, "en")
            assert "house" in answer or "home" in answer


async def test_a_sentence_comes_out_as_one_line_in_every_language_on_offer(translator: Translator) -> None:
    for target in targets(translator):
        answer = await translator.translate(SENTENCES[0], "en", target)
        assert answer.strip() == answer != ""
        assert "\n" not in answer


async def test_nothing_gives_nothing(translator: Translator) -> None:
    for target in targets(translator):
        assert await translator.translate("", "en", target) == ""


async def test_the_same_text_gives_the_same_translation(translator: Translator) -> None:
    target = targets(translator)[0]
    assert len({await translator.translate(SENTENCES[0], "en", target) for _ in range(5)}) == 1


async def test_many_calls_at_once_do_not_mix_up_their_answers(translator: Translator) -> None:
    wanted = [(text, target) for text in SENTENCES for target in targets(translator)[:LANGUAGES_AT_ONCE]]
    alone = {call: await translator.translate(call[0], "en", call[1]) for call in wanted}
    calls = [wanted[number % len(wanted)] for number in range(50)]
    answers = await asyncio.gather(*(translator.translate(text, "en", target) for text, target in calls))
    assert answers == [alone[call] for call in calls]


async def test_strange_text_is_an_answer_or_an_engine_error_and_disturbs_no_other_call(translator: Translator) -> None:
    for target in targets(translator)[:LANGUAGES_AT_ONCE]:
        right = await translator.translate(SENTENCES[0], "en", target)
        calls = [text for strange in STRANGE for text in (strange, SENTENCES[0])]
        answers = await asyncio.gather(
            *(translator.translate(text, "en", target) for text in calls), return_exceptions=True
        )
        assert all(isinstance(answer, str | EngineError) for answer in answers)
        assert answers[1::2] == [right] * len(STRANGE)


async def test_a_cancelled_call_disturbs_no_other(translator: Translator) -> None:
    target = targets(translator)[0]
    right = await translator.translate(SENTENCES[0], "en", target)
    cancelled = [asyncio.create_task(translator.translate(SENTENCES[1], "en", target)) for _ in range(5)]
    await asyncio.sleep(0)
    for call in cancelled:
        call.cancel()
    assert await translator.translate(SENTENCES[0], "en", target) == right
    await asyncio.gather(*cancelled, return_exceptions=True)


async def test_closing_twice_is_harmless(translator: Translator) -> None:
    await translator.close()
    await translator.close()


async def test_scripted_faults_are_crashes_in_their_share() -> None:
    (translator,) = create_all(Settings(translate_engines="scripted", scripted_faults="fail:0.3"))
    calls = (translator.translate("one", "en", "es") for _ in range(200))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert 40 < sum(isinstance(answer, EngineCrashed) for answer in answers) < 80
