"""The pico synthesizer: with the real voices, and with a stubborn fake for bad days."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.processes import living, python_with_children, until
from workers.errors import EngineCrashed, EngineEnded, EngineKilled, EngineTimeout, EngineUnavailable
from workers.synthesize.engines.pico import PicoSynthesizer

SENTENCE = "Nuestro primer invitado hoy hablará sobre energía renovable."
SAFE = ["-h", "\0", "a\0b", "one\ntwo", "\x1b[2J", "[[w3:ld]]", "<speak>", "<pitch level='50'>", "&", "😀", "\ud83d"]
SAFE += ["\uffff", "你好", "Привет", "%s%n", '"]', "a" * 2_000, "http://a.b/c?d=e"]

FAKE = """
# Speaks 500 samples, but hangs, ends or fails at certain words.
import json, os, sys, time
for line in sys.stdin.buffer:
    text = json.loads(line)[0]
    if text == "hang":
        time.sleep(1000)
    if text == "end":
        sys.exit(1)
    if text == "fault":
        os.abort()
    sys.stdout.buffer.write((1000).to_bytes(4, "big") + bytes([0, 64]) * 500)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
async def synthesizer() -> AsyncIterator[PicoSynthesizer]:
    pytest.importorskip("py_nanotts", reason="not installed: py-nanotts")
    synthesizer = PicoSynthesizer(timeout_s=60)
    await synthesizer.start()
    yield synthesizer
    await synthesizer.close()


@pytest.fixture
async def stubborn(tmp_path: Path) -> AsyncIterator[PicoSynthesizer]:
    (tmp_path / "fake.py").write_text(FAKE)
    synthesizer = PicoSynthesizer(timeout_s=60, child=[sys.executable, str(tmp_path / "fake.py")])
    yield synthesizer
    await synthesizer.close()


def voices() -> list[psutil.Process]:
    """Children of this process that speak."""
    return [child for child in psutil.Process().children() if {"fake.py"} & {Path(part).name for part in _argv(child)}]


def _argv(child: psutil.Process) -> list[str]:
    try:
        return child.cmdline()
    except psutil.Error:
        return []


@pytest.mark.parametrize("language", ["en", "en-US", "es", "fr", "it", "de"])
async def test_each_of_its_languages_is_spoken(synthesizer: PicoSynthesizer, language: str) -> None:
    sound = await synthesizer.synthesize(SENTENCE, language, 1.0)
    assert sound.sample_rate == 16_000
    assert 2_000 < sound.duration_ms < 8_000
    assert np.frombuffer(sound.pcm, "<i2").astype(float).std() > 500


async def test_the_rate_is_how_much_faster_it_speaks(synthesizer: PicoSynthesizer) -> None:
    usual = [(await synthesizer.synthesize(SENTENCE, "es", 1.0)).duration_ms for _ in range(5)]
    fast = [(await synthesizer.synthesize(SENTENCE, "es", 1.35)).duration_ms for _ in range(5)]
    assert 1.2 < np.median(usual) / np.median(fast) < 1.5


@pytest.mark.parametrize("text", SAFE)
async def test_any_text_is_safe(synthesizer: PicoSynthesizer, text: str) -> None:
    sound = await synthesizer.synthesize(text, "es", 1.0)
    assert len(sound.pcm) % 2 == 0
    assert (await synthesizer.synthesize("uno dos tres", "es", 1.0)).duration_ms > 500


@pytest.mark.parametrize("rate", [1.0, 1.35])
async def test_letters_that_the_voice_cannot_read_give_no_sound_so_that_another_engine_is_asked(
    synthesizer: PicoSynthesizer, rate: float
) -> None:
    assert (await synthesizer.synthesize("Привет 你好", "es", rate)).pcm == b""


async def test_a_word_without_end_is_spoken_also_after_a_text_without_sound(synthesizer: PicoSynthesizer) -> None:
    assert (await synthesizer.synthesize("你好", "es", 1.0)).pcm == b""
    assert (await synthesizer.synthesize("a" * 600, "es", 1.0)).duration_ms > 10_000


async def test_a_text_goes_on_behind_a_nul_and_a_tag(synthesizer: PicoSynthesizer) -> None:
    once = await synthesizer.synthesize(SENTENCE, "es", 1.0)
    for gap in ("\0", "</speak>"):
        twice = await synthesizer.synthesize(f"{SENTENCE}{gap}{SENTENCE}", "es", 1.0)
        assert twice.duration_ms > 1.5 * once.duration_ms


async def test_a_long_text_is_spoken_to_its_end(synthesizer: PicoSynthesizer) -> None:
    once = await synthesizer.synthesize(SENTENCE, "es", 1.0)
    often = await synthesizer.synthesize(" ".join([SENTENCE] * 40), "es", 1.0)
    assert 28 < often.duration_ms / once.duration_ms < 52


async def test_a_voice_that_hangs_is_killed_at_the_timeout_and_started_again(tmp_path: Path) -> None:
    (tmp_path / "fake.py").write_text(FAKE)
    synthesizer = PicoSynthesizer(timeout_s=0.5, child=[sys.executable, str(tmp_path / "fake.py")])
    with pytest.raises(EngineTimeout):
        await synthesizer.synthesize("hang", "es", 1.0)
    assert voices() == []
    synthesizer._timeout_s = 60
    assert (await synthesizer.synthesize("uno", "es", 1.0)).pcm == bytes([0, 64]) * 500
    await synthesizer.close()


@pytest.mark.parametrize("text", ["end", "fault"])
async def test_a_text_that_ends_the_voice_is_told_by_it_and_the_next_is_spoken(
    stubborn: PicoSynthesizer, text: str
) -> None:
    bad, good = await asyncio.gather(
        stubborn.synthesize(text, "es", 1.0), stubborn.synthesize("uno", "es", 1.0), return_exceptions=True
    )
    assert isinstance(bad, EngineEnded)
    assert not isinstance(good, BaseException)
    assert good.pcm == bytes([0, 64]) * 500


async def test_a_voice_that_is_killed_from_outside_says_nothing_of_the_text(stubborn: PicoSynthesizer) -> None:
    call = asyncio.create_task(stubborn.synthesize("hang", "es", 1.0))
    await until(voices)
    voices()[0].kill()
    with pytest.raises(EngineKilled):
        await call


async def test_a_voice_that_died_between_two_texts_costs_neither(stubborn: PicoSynthesizer) -> None:
    await stubborn.synthesize("uno", "es", 1.0)
    assert stubborn._process
    voices()[0].kill()
    await stubborn._process.wait()
    assert (await stubborn.synthesize("dos", "es", 1.0)).pcm == bytes([0, 64]) * 500


async def test_a_cancelled_call_leaves_no_answer_for_the_next(stubborn: PicoSynthesizer) -> None:
    call = asyncio.create_task(stubborn.synthesize("hang", "es", 1.0))
    await until(voices)
    pids = [voice.pid for voice in voices()]
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert living(pids) == []
    assert (await stubborn.synthesize("uno", "es", 1.0)).pcm == bytes([0, 64]) * 500


async def test_closing_ends_calls_that_are_under_way_or_wait(stubborn: PicoSynthesizer) -> None:
    calls = [asyncio.create_task(stubborn.synthesize("hang", "es", 1.0)) for _ in range(3)]
    await until(voices)
    await stubborn.close()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(answer, EngineCrashed) for answer in answers)
    assert voices() == []


@pytest.mark.parametrize("program", ["no-such-program", "/bin/false", "/bin/true"])
async def test_without_a_voice_the_start_says_so(program: str) -> None:
    synthesizer = PicoSynthesizer(child=[program])
    with pytest.raises(EngineUnavailable, match="Pico does not work"):
        await synthesizer.start()
    await synthesizer.close()


ABANDONED = """
import asyncio, psutil, sys
from workers.synthesize.engines.pico import PicoSynthesizer

async def main():
    synthesizer = PicoSynthesizer(child=[sys.executable, sys.argv[1]])
    await synthesizer.synthesize("uno", "es", 1.0)
    call = asyncio.create_task(synthesizer.synthesize("hang", "es", 1.0))
    print('pids', *(child.pid for child in psutil.Process().children()), flush=True)
    await call

asyncio.run(main())
"""


def test_when_the_process_is_killed_a_hung_voice_dies_with_it(tmp_path: Path) -> None:
    (tmp_path / "fake.py").write_text(FAKE)
    with python_with_children(ABANDONED, str(tmp_path / "fake.py")) as (parent, pids):
        assert living(pids) == pids != []
        parent.kill()
    asyncio.run(until(lambda: living(pids) == []))
