"""What every translator keeps, whatever it is made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from dragoman.runtime.settings import Settings
from tests.workers.amazon.peers import peers_of
from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineUnavailable
from workers.starting import start_all
from workers.translate.engine import Translator
from workers.translate.engines import NAMES, create_all

SENTENCES = {
    "en": ["Sunday is the best part of the week.", "We are going home now.", "I do not know.", "Good evening!"],
    "zh": ["星期天是一周中最好的一天。", "我们现在回家。", "我不知道。", "晚上好！"],  # noqa: RUF001
}
STRANGE = ["", " ", "\0", "a\0b", "one\ntwo", "~", "[[]{}^$/\\@<>", "😀", "\ud83d", "\uffff", "-h", "x" * 10_000]
BACK = {
    "zh": "这座房子很大。",
    "pt": "A casa é grande.",
    "es": "La casa es grande.",
    "gl": "A casa é grande.",
    "ca": "La casa és gran.",
}
LANGUAGES_AT_ONCE = 3
JOINED = ("firefox+apertium", "opus+firefox", "opus+firefox+apertium")
WITH_MODELS = ("firefox", "opus", *JOINED)
"""Their models are fetched with everything else: without them these tests fail."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=[*NAMES, *JOINED], scope="module", loop_scope="module")
async def translator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Translator]:
    """One for all tests: to load a model takes longer than most of them."""
    peers = peers_of(request.param, tmp_path_factory.mktemp("peers"))
    async with peers as there, working_engine(request.param, there) as translator:
        yield translator
        await translator.close()  # twice is harmless


@asynccontextmanager
async def working_engine(name: str, there: dict[str, str]) -> AsyncIterator[Translator]:
    """Started; `there`: settings with which it can be."""
    made = create_all(
        Settings.model_validate({"engine_timeout_s": 60, "translate_engines": name.replace("+", ","), **there})
    )
    try:
        working = {each.name: each for each in await start_all(made)}
        if "apertium" not in working and "apertium" in name:
            pytest.skip("the pairs of apertium are not installed")
        yield working[name]
    except EngineUnavailable as missing:
        if name in WITH_MODELS:
            raise
        pytest.skip(str(missing))
    finally:
        for each in made:
            await each.close()


def source(translator: Translator) -> str:
    """A language that it knows."""
    return "en" if translator.sources & {"en", "*"} else "zh"


def sentences(translator: Translator) -> list[str]:
    """In that language."""
    return SENTENCES[source(translator)]


def targets(translator: Translator) -> list[str]:
    """What it offers from there; some of any, where it offers all."""
    offered = translator.targets(source(translator))
    return ["es", "ca", "tlh"] if "*" in offered else sorted(offered)


async def test_it_says_what_it_can_do(translator: Translator) -> None:
    assert set(translator.name.split("+")) <= set(NAMES)
    assert isinstance(translator.partials, bool)
    own = source(translator)
    assert translator.sources & {own, "*"}
    assert translator.targets(own)
    assert own not in translator.targets(own)
    assert all(translator.rough(source) <= translator.targets(source) for source in translator.sources)


async def test_an_unknown_language_is_refused(translator: Translator) -> None:
    if translator.targets(source(translator)) == {"*"}:
        return
    for own, target in ((source(translator), "tlh"), ("tlh", "en")):
        with pytest.raises(EngineRefused):
            await translator.translate(sentences(translator)[0], own, target)


async def test_it_translates_back_to_english_where_it_says_so(translator: Translator) -> None:
    for other, text in BACK.items():
        knows = "*" not in translator.sources and translator.name != "amazon"  # whose peer knows no language
        if knows and "en" in translator.targets(other):
            answer = await translator.translate(text, other, "en")
            assert "house" in answer or "home" in answer


async def test_a_sentence_comes_out_as_one_line_in_every_language_on_offer(translator: Translator) -> None:
    for target in targets(translator):
        answer = await translator.translate(sentences(translator)[0], source(translator), target)
        assert answer.strip() == answer != ""
        assert "\n" not in answer


async def test_nothing_gives_nothing(translator: Translator) -> None:
    for target in targets(translator):
        assert await translator.translate("", source(translator), target) == ""


async def test_the_same_text_gives_the_same_translation(translator: Translator) -> None:
    target = targets(translator)[0]
    assert (
        len({await translator.translate(sentences(translator)[0], source(translator), target) for _ in range(5)}) == 1
    )


async def test_many_calls_at_once_do_not_mix_up_their_answers(translator: Translator) -> None:
    wanted = [(text, target) for text in sentences(translator) for target in targets(translator)[:LANGUAGES_AT_ONCE]]
    alone = {call: await translator.translate(call[0], source(translator), call[1]) for call in wanted}
    calls = [wanted[number % len(wanted)] for number in range(50)]
    answers = await asyncio.gather(*(translator.translate(text, source(translator), target) for text, target in calls))
    assert answers == [alone[call] for call in calls]


async def test_strange_text_is_an_answer_or_an_engine_error_and_disturbs_no_other_call(translator: Translator) -> None:
    for target in targets(translator)[:LANGUAGES_AT_ONCE]:
        right = await translator.translate(sentences(translator)[0], source(translator), target)
        calls = [text for strange in STRANGE for text in (strange, sentences(translator)[0])]
        answers = await asyncio.gather(
            *(translator.translate(text, source(translator), target) for text in calls), return_exceptions=True
        )
        assert all(isinstance(answer, str | EngineError) for answer in answers)
        assert answers[1::2] == [right] * len(STRANGE)


async def test_a_cancelled_call_disturbs_no_other(translator: Translator) -> None:
    target = targets(translator)[0]
    right = await translator.translate(sentences(translator)[0], source(translator), target)
    cancelled = [
        asyncio.create_task(translator.translate(sentences(translator)[1], source(translator), target))
        for _ in range(5)
    ]
    await asyncio.sleep(0)
    for call in cancelled:
        call.cancel()
    assert await translator.translate(sentences(translator)[0], source(translator), target) == right
    await asyncio.gather(*cancelled, return_exceptions=True)


async def test_scripted_faults_are_crashes_in_their_share() -> None:
    (translator,) = create_all(Settings(translate_engines="scripted", scripted_faults="fail:0.3"))
    calls = (translator.translate("one", "en", "es") for _ in range(200))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert 40 < sum(isinstance(answer, EngineCrashed) for answer in answers) < 80
