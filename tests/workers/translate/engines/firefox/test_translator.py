"""Firefox's models at work, in real processes that are stopped and killed; and what a folder of models offers."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psutil
import pytest

from dragoman.models.folder import NOTE, ModelsFolder, Note, models_folder
from dragoman.runtime.settings import Settings
from tests.processes import running, stop, until, waiting_bytes
from workers.errors import EngineCrashed, EngineEnded, EngineTimeout, EngineUnavailable
from workers.translate.careful import carefully
from workers.translate.engines.firefox import FirefoxTranslator
from workers.translate.glossary import Glossary
from workers.translate.processes.pipeline import Pipeline
from workers.translate.processes.program import Program
from workers.translate.translations import sensible

MODELS = ModelsFolder(models_folder(Settings().models))
NORTH = "There are fewer jobs in the north."


@pytest.fixture
async def translator() -> AsyncIterator[FirefoxTranslator]:
    translator = FirefoxTranslator(MODELS)
    yield translator
    await translator.close()


def processes() -> list[psutil.Process]:
    """With a model."""
    return running(FirefoxTranslator.child)


async def said(translator: FirefoxTranslator, text: str, target: str = "pt") -> str:
    """As the stage asks for it."""

    async def call(text: str) -> str:
        return sensible(text, await translator.translate(text, "en", target))

    return await carefully(text, Glossary({}, target), call)


def present(folder: Path, *names: str) -> ModelsFolder:
    """A models folder in which these are there, without weights."""
    for name in names:
        (folder / name).mkdir()
        note = Note(name=name, fetched_at="", places=(), files=())
        (folder / name / NOTE).write_bytes(msgspec.json.encode(note))
    return ModelsFolder(folder)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (NORTH, "no norte"),
        ("He stands in the great hall.", "no grande salão"),
        ("CAN YOU HEAR ME AT THE BACK", "VOCÊ"),
        ("See https://example.org/a?b=c or write to ann@example.org.", "https://example.org/a?b=c"),
        ("See https://example.org/a?b=c or write to ann@example.org.", "ann@example.org"),
        ("I love it 😀", "😀"),
        ("1,234,567.89", "89"),
        ("It was 10:45 on 12/03/2026.", "12/03/2026"),
    ],
)
async def test_what_models_are_known_to_spoil_comes_out_right(
    translator: FirefoxTranslator, text: str, right: str
) -> None:
    answer = await said(translator, text)
    assert right in answer
    assert "não" not in answer


async def test_many_sentences_and_endless_ones_lose_nothing(translator: FirefoxTranslator) -> None:
    sentences = [f"The train number {number} leaves in the morning." for number in range(20)]
    answer = await said(translator, " ".join(sentences))
    assert all(f" {number} " in answer for number in range(20))
    endless = " and ".join(f"we planted {number} trees in the north" for number in range(30))
    assert len((await said(translator, endless)).split()) > 150


async def test_a_process_that_is_killed_is_an_error_and_the_next_text_is_right(translator: FirefoxTranslator) -> None:
    right = await translator.translate(NORTH, "en", "pt")
    (process,) = processes()
    await stop(process)
    call = asyncio.create_task(translator.translate(NORTH, "en", "pt"))
    await until(lambda: waiting_bytes(process.pid))
    process.kill()
    with pytest.raises(EngineCrashed):
        await call
    assert await translator.translate(NORTH, "en", "pt") == right


async def test_a_process_that_hangs_is_a_timeout_and_delays_no_other_pair() -> None:
    translator = FirefoxTranslator(MODELS, timeout_s=5)
    await translator.translate(NORTH, "en", "pt")
    (process,) = processes()
    await stop(process)
    hung = asyncio.create_task(translator.translate(NORTH, "en", "pt"))
    assert "house" in await translator.translate("A casa é grande.", "pt", "en")
    with pytest.raises(EngineTimeout):
        await hung
    await translator.close()
    assert processes() == []


async def test_a_model_that_cannot_be_loaded_is_no_fault_of_the_text(tmp_path: Path) -> None:
    translator = FirefoxTranslator(present(tmp_path, "firefox-en-pt"))
    with pytest.raises(EngineUnavailable, match=r"en to pt does not work.*did not start"):
        await translator.start()
    await translator.close()


async def test_a_text_that_ends_the_process_is_known_as_that() -> None:
    """What a panic of the engine does to the child: it ends by itself."""
    code = "import os; os.read(0, 1); os._exit(101)"
    pipeline = Pipeline(Program("panics", ((sys.executable, "-c", code),)), timeout_s=30)
    for _ in range(2):
        with pytest.raises(EngineEnded):
            await pipeline.translate("one")
    await pipeline.close()


def test_the_folder_decides_what_is_offered(tmp_path: Path) -> None:
    names = (
        "firefox-en-es",
        "firefox-es-en",
        "firefox-en-pt-tiny",
        "firefox-uk-en",
        "firefox-en-cs-own",
        "whisper-base",
    )
    translator = FirefoxTranslator(present(tmp_path, *names))
    assert translator.sources == {"en", "es", "uk"}
    assert (translator.targets("en"), translator.rough("en")) == ({"es", "pt", "cs"}, frozenset())
    assert (translator.targets("es"), translator.rough("es")) == ({"en", "pt", "cs"}, {"pt", "cs"})
    assert translator.targets("uk-UA") == {"en", "es", "pt", "cs"}
    assert translator.targets("fr") == frozenset()


async def test_without_a_pair_the_start_says_what_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="dragoman models fetch"):
        await FirefoxTranslator(ModelsFolder(tmp_path)).start()


async def test_a_pair_that_comes_is_taken_up_and_one_that_goes_is_let_go(tmp_path: Path) -> None:
    folder, there = present(tmp_path, "firefox-en-de"), MODELS.place("firefox-en-pt-tiny")
    translator = FirefoxTranslator(folder)
    assert translator.targets("en") == {"de"}
    assert translator.absent["en", "pt"] == "firefox-en-pt"
    assert await translator.look() is False
    (tmp_path / "firefox-en-pt-tiny").symlink_to(there)
    assert await translator.look() is True
    assert translator.targets("en") == {"de", "pt"}
    assert ("en", "pt") not in translator.absent, "what stands in for it is there"
    assert "no norte" in await said(translator, NORTH)
    (tmp_path / "firefox-en-pt-tiny").unlink()
    (tmp_path / "firefox-en-de" / NOTE).unlink()
    assert await translator.look() is True
    assert (translator.sources, processes()) == (frozenset(), [])
    with pytest.raises(EngineUnavailable, match="holds no pair"):
        await translator.start()
    await translator.close()
