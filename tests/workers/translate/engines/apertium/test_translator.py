"""The translator of apertium with the real apertium; what needs a pair that is not installed is skipped."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.processes import children, living, python_with_children, stop, until, waiting_bytes
from workers.errors import EngineCrashed, EngineRefused, EngineTimeout, EngineUnavailable
from workers.translate.engines.apertium import ApertiumTranslator
from workers.translate.engines.apertium.modes import MODES, read_mode
from workers.translate.routes import APERTIUM

SUNDAY = "Sunday is the best part of the week."
WEEK = {
    "es": "semana",
    "ca": "setmana",
    "gl": "semana",
    "eo": "semajno",
    "fr": "semaine",
    "pt": "semana",
    "it": "settimana",
}
"""A word of the translation in whatever release of the pairs."""
ENG_SPA = read_mode("eng-spa")
PROGRAMS = {Path(stage[0]).name for stage in ENG_SPA.stages} if ENG_SPA else set()
STAGES = len(ENG_SPA.stages) if ENG_SPA else 1
NASTY = ["\0", "a\0b", "one\ntwo\r\n", "~", "~~~ ~", "[", "]]", "[[x]]", "{^a<n>$}", "\\", "@", "/", "<b>bold</b>"]
NASTY += [".[]", "[/", "😀😀", "\ud83d", "\uffff", "ñ́", "^", "$", "will", "-h", "%s", "'; ls #", " ", "\u200b", "..."]


def need(translator: ApertiumTranslator, *languages: str) -> None:
    if not set(languages) <= translator.targets("en"):
        pytest.skip(f"not installed: {' '.join(translator.missing())}")


@pytest.fixture
async def translator() -> AsyncIterator[ApertiumTranslator]:
    translator = ApertiumTranslator()
    yield translator
    await translator.close()


@pytest.mark.parametrize("target", sorted(WEEK))
async def test_a_sentence_is_translated_into_each_language(translator: ApertiumTranslator, target: str) -> None:
    need(translator, target)
    answer = await translator.translate(SUNDAY, "en-US", target)
    assert WEEK[target] in answer
    assert answer.endswith(".")


@pytest.mark.parametrize("target", ["es", "ca", "eo"])
async def test_the_answer_is_what_apertium_itself_gives(translator: ApertiumTranslator, target: str) -> None:
    need(translator, target)
    for text in (SUNDAY, "Hello Mr", "My mother's book - in [London] - costs $5.00 ..."):
        once = await asyncio.create_subprocess_exec(
            "apertium", "-u", APERTIUM["en", target][0], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await once.communicate(text.encode())
        assert await translator.translate(text, "en", target) == " ".join(output.decode().split())


async def test_words_that_it_does_not_know_stay_plain(translator: ApertiumTranslator) -> None:
    need(translator, "es", "ca")
    assert "Dragoman" in await translator.translate("Dragoman works.", "en", "es")
    assert "*" not in await translator.translate("The zyzzyva is qwertyish.", "en", "ca")


async def test_a_text_that_apertium_would_drop_stays(translator: ApertiumTranslator) -> None:
    need(translator, "es")
    assert await translator.translate("will", "en", "es") == "will"


async def test_nothing_is_started_for_nothing_to_say(translator: ApertiumTranslator) -> None:
    need(translator, "es")
    for text in ("", " ", "\0\n", "~"):
        assert await translator.translate(text, "en", "es") == ""
    assert children(*PROGRAMS) == []


async def test_the_routes_share_one_pipeline_to_the_pivot(translator: ApertiumTranslator) -> None:
    need(translator, "es", "fr", "pt", "it")
    await asyncio.gather(*(translator.translate(SUNDAY, "en", target) for target in ("es", "fr", "pt", "it")))
    pivots = [child for child in children("apertium-tagger") if "eng-spa" in " ".join(child.cmdline())]
    assert len(pivots) == 1


async def test_whatever_is_said_the_next_answer_is_the_right_one(translator: ApertiumTranslator) -> None:
    need(translator, "es", "ca", "fr")
    dice = random.Random(7)
    right = {target: await translator.translate(SUNDAY, "en", target) for target in ("es", "ca", "fr")}
    mixed = ["".join(dice.choices([*NASTY, "the house ", "we go, "], k=6)) for _ in range(30)]
    for text in [*NASTY, *mixed]:
        for target in ("es", "ca", "fr"):
            answer = await translator.translate(text, "en", target)
            assert "\0" not in answer
            assert "\n" not in answer
            assert await translator.translate(SUNDAY, "en", target) == right[target]


async def test_ten_thousand_characters_are_translated(translator: ApertiumTranslator) -> None:
    need(translator, "es")
    answer = await translator.translate("The house is red. " * 556, "en", "es")
    assert answer == " ".join(["La casa es roja."] * 556)


@pytest.mark.parametrize("stage", range(STAGES))
async def test_killing_a_stage_in_the_midst_of_a_text_is_an_error_and_the_next_text_is_right(
    translator: ApertiumTranslator, stage: int
) -> None:
    need(translator, "es")
    right = await translator.translate(SUNDAY, "en", "es")
    victims = children(*PROGRAMS)
    assert len(victims) == STAGES
    await stop(victims[stage])
    call = asyncio.create_task(translator.translate("We go home.", "en", "es"))
    await until(lambda: waiting_bytes(victims[stage].pid))
    victims[stage].kill()
    with pytest.raises(EngineCrashed):
        await call
    assert await translator.translate(SUNDAY, "en", "es") == right


async def test_killing_stages_of_a_busy_pipeline_never_gives_a_wrong_or_empty_answer(
    translator: ApertiumTranslator,
) -> None:
    need(translator, "es")
    right = await translator.translate(SUNDAY, "en", "es")
    for stage in range(STAGES):
        calls = [asyncio.create_task(translator.translate(SUNDAY, "en", "es")) for _ in range(20)]
        await asyncio.sleep(0)
        running = children(*PROGRAMS)
        if len(running) == STAGES:
            running[stage].kill()
            await until(lambda pid=running[stage].pid: not living([pid]))  # type: ignore[misc]
        for answer in await asyncio.gather(*calls, return_exceptions=True):
            assert answer == right or isinstance(answer, EngineCrashed)
        assert await translator.translate(SUNDAY, "en", "es") == right


async def test_a_hung_stage_is_a_timeout_and_delays_no_other_language() -> None:
    translator = ApertiumTranslator(timeout_s=5)
    need(translator, "es", "ca")
    for target in ("es", "ca"):
        await translator.translate(SUNDAY, "en", target)
    await stop(children(*PROGRAMS)[4])
    hung = [asyncio.create_task(translator.translate(SUNDAY, "en", "es")) for _ in range(5)]
    assert WEEK["ca"] in await translator.translate(SUNDAY, "en", "ca")
    for answer in await asyncio.gather(*hung, return_exceptions=True):
        assert isinstance(answer, EngineTimeout)
    await until(lambda: len(children(*PROGRAMS)) > 0)
    await translator.close()


async def test_pipelines_without_use_are_reaped_and_start_again() -> None:
    translator = ApertiumTranslator(reap_s=0.1)
    need(translator, "es")
    right = await translator.translate(SUNDAY, "en", "es")
    await translator.start()
    await until(lambda: children(*PROGRAMS) == [])
    assert await translator.translate(SUNDAY, "en", "es") == right
    await translator.close()


async def test_close_leaves_no_process_behind() -> None:
    translator = ApertiumTranslator()
    need(translator, "es", "fr")
    await translator.translate(SUNDAY, "en", "fr")
    pids = [child.pid for child in children(*PROGRAMS)]
    assert len(pids) > STAGES
    await translator.close()
    assert living(pids) == []


async def test_a_language_without_a_route_is_refused(translator: ApertiumTranslator) -> None:
    for source, target in (("en", "de"), ("de", "es"), ("en", "en")):
        with pytest.raises(EngineRefused):
            await translator.translate("one", source, target)
    assert translator.targets("de") == frozenset()


async def test_without_any_pair_the_start_says_what_to_install(tmp_path: Path) -> None:
    translator = ApertiumTranslator(modes=tmp_path)
    assert translator.targets("en") == frozenset()
    with pytest.raises(EngineUnavailable, match=r"apt-get install .*apertium-eng-spa") as raised:
        await translator.start()
    assert "\n" not in str(raised.value)


async def test_a_language_whose_package_is_missing_is_not_offered(tmp_path: Path) -> None:
    need(ApertiumTranslator(), "es")
    for mode in MODES.glob("*.mode"):
        if mode.stem not in ("es-fr", "en-eo"):
            (tmp_path / mode.name).symlink_to(mode)
    translator = ApertiumTranslator(modes=tmp_path)
    assert {"es"} <= translator.targets("en")
    assert not {"fr", "eo"} & translator.targets("en")
    assert {"apertium-fr-es", "apertium-eo-en"} <= set(translator.missing())


async def test_a_pair_that_does_not_work_is_one_clear_line_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "eng-spa.mode").write_text("true | cat")
    translator = ApertiumTranslator(modes=tmp_path)
    with pytest.raises(EngineUnavailable, match="en to es does not work") as raised:
        await translator.start()
    assert "\n" not in str(raised.value)
    await translator.close()


ABANDONED = """
import asyncio, psutil
from tests.processes import children
from workers.translate.engines.apertium import ApertiumTranslator
from workers.translate.engines.apertium.modes import Mode
from workers.translate.processes.pipeline import Pipeline

async def main():
    translator = ApertiumTranslator()
    await translator.translate("one", "en", "fr")
    deaf = Pipeline(Mode("deaf", (("sleep", "1000"),)), 600)  # does not end when its input ends
    call = asyncio.create_task(deaf.translate("one"))
    while not children("sleep"):
        await asyncio.sleep(0.01)
    print('pids', *(child.pid for child in psutil.Process().children()), flush=True)
    await call

asyncio.run(main())
"""


def test_when_the_process_is_killed_its_pipelines_die_with_it() -> None:
    need(ApertiumTranslator(), "fr")
    with python_with_children(ABANDONED) as (parent, pids):
        assert len(living(pids)) > 2 * STAGES - 2
        parent.kill()
    asyncio.run(until(lambda: living(pids) == []))
