"""OPUS-MT's Chinese at work, in real processes that are stopped and killed."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from dragoman.models.folder import ModelsFolder, models_folder
from dragoman.runtime.settings import Settings
from tests.processes import running, stop, until, waiting_bytes
from workers.errors import EngineCrashed, EngineTimeout, EngineUnavailable
from workers.translate.careful import carefully
from workers.translate.engines.opus import OpusTranslator
from workers.translate.glossary import Glossary
from workers.translate.translations import sensible

MODELS = ModelsFolder(models_folder(Settings().models))
MUSEUM = "博物馆每星期一闭馆。"


@pytest.fixture
async def translator() -> AsyncIterator[OpusTranslator]:
    translator = OpusTranslator(MODELS)
    yield translator
    await translator.close()


def processes() -> list[psutil.Process]:
    """With a model."""
    return running(OpusTranslator.child)


async def said(translator: OpusTranslator, text: str) -> str:
    """As the stage asks for it."""

    async def call(text: str) -> str:
        return sensible(text, await translator.translate(text, "zh", "en"))

    return await carefully(text, Glossary({"博物馆": {"en": "Prado"}}, "en"), call)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("電池沒電了會怎麼樣？", "batter"),  # noqa: RUF001  # traditional
        ("结果让我们很惊讶所以我们又做了一次实验", "experiment"),  # without marks
        ("下一班去上海的火车九点半出发。", "Shanghai"),
        ("2024年3月5日，我们在北京开了会。", "2024"),  # noqa: RUF001
        ("会议室里有45个人。", "45"),
        ("张伟在Google工作，住在纽约。", "Google"),  # noqa: RUF001
        ("请发邮件到ann@example.org，谢谢。", "ann@example.org"),  # noqa: RUF001
        (MUSEUM, "Prado"),
    ],
)
async def test_what_is_not_plain_chinese_comes_through(translator: OpusTranslator, text: str, right: str) -> None:
    answer = await said(translator, text)
    assert right in answer
    assert answer.isascii()


async def test_many_sentences_lose_nothing(translator: OpusTranslator) -> None:
    answer = await said(translator, "".join(f"{number}号列车早上出发。" for number in range(20, 40)))
    assert all(str(number) in answer for number in range(20, 40))


async def test_a_process_that_is_killed_is_an_error_and_the_next_text_is_right(translator: OpusTranslator) -> None:
    right = await translator.translate(MUSEUM, "zh", "en")
    (process,) = processes()
    await stop(process)
    call = asyncio.create_task(translator.translate(MUSEUM, "zh", "en"))
    await until(lambda: waiting_bytes(process.pid))
    process.kill()
    with pytest.raises(EngineCrashed):
        await call
    assert await translator.translate(MUSEUM, "zh", "en") == right


async def test_a_process_that_hangs_is_a_timeout() -> None:
    translator = OpusTranslator(MODELS, timeout_s=5)
    await translator.translate(MUSEUM, "zh", "en")
    (process,) = processes()
    await stop(process)
    with pytest.raises(EngineTimeout):
        await translator.translate(MUSEUM, "zh", "en")
    await translator.close()
    assert processes() == []


async def test_too_little_memory_is_no_answer() -> None:
    translator = OpusTranslator(MODELS, memory_mb=64)
    with pytest.raises(EngineUnavailable, match="zh to en does not work"):
        await translator.start()
    await translator.close()
