"""The pico synthesizer with the real voices."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from workers.errors import EngineUnavailable
from workers.synthesize.engines.pico import PicoSynthesizer

SENTENCE = "Nuestro primer invitado hoy hablará sobre energía renovable."
SAFE = ["-h", "\0", "a\0b", "one\ntwo", "\x1b[2J", "[[w3:ld]]", "<speak>", "<pitch level='50'>", "&", "😀", "\ud83d"]
SAFE += ["\uffff", "你好", "Привет", "%s%n", '"]', "a" * 2_000, "http://a.b/c?d=e"]


@pytest.fixture
async def synthesizer() -> AsyncIterator[PicoSynthesizer]:
    pytest.importorskip("py_nanotts", reason="not installed: py-nanotts")
    synthesizer = PicoSynthesizer(timeout_s=60)
    await synthesizer.start()
    yield synthesizer
    await synthesizer.close()


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


@pytest.mark.parametrize("program", ["no-such-program", "/bin/false", "/bin/true"])
async def test_without_a_voice_the_start_says_so(program: str) -> None:
    synthesizer = PicoSynthesizer(child=[program])
    with pytest.raises(EngineUnavailable, match="Pico does not work"):
        await synthesizer.start()
    await synthesizer.close()
