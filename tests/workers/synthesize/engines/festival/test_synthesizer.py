"""The festival synthesizer with the real voice."""

from collections.abc import AsyncIterator

import pytest

from workers.errors import EngineUnavailable
from workers.synthesize.engines.festival import FestivalSynthesizer

SENTENCE = "La biblioteca obre a les nou del matí."
SAFE = [
    '")(quit)',
    "(quit)",
    "\\",
    '"',
    "'",
    "l\u2019home",
    "a\0b",
    "Привет",
    "你好",
    "😀",
    "\ud83d",
    ")" * 50,
    "%s",
    "1.234,56 €",
]


@pytest.fixture
async def synthesizer() -> AsyncIterator[FestivalSynthesizer]:
    synthesizer = FestivalSynthesizer(timeout_s=60)
    try:
        await synthesizer.start()
    except EngineUnavailable as missing:
        await synthesizer.close()
        pytest.skip(str(missing))
    yield synthesizer
    await synthesizer.close()


async def test_any_text_is_safe_and_no_command(synthesizer: FestivalSynthesizer) -> None:
    usual = (await synthesizer.synthesize(SENTENCE, "ca", 1.0)).duration_ms
    for text in SAFE:
        await synthesizer.synthesize(text, "ca", 1.0)
        assert (await synthesizer.synthesize(SENTENCE, "ca", 1.0)).duration_ms == pytest.approx(usual, rel=0.05), text


async def test_letters_that_the_voice_cannot_read_give_no_sound(synthesizer: FestivalSynthesizer) -> None:
    assert (await synthesizer.synthesize("Привет 你好", "ca", 1.0)).pcm == b""


async def test_without_festival_the_start_says_what_to_install() -> None:
    synthesizer = FestivalSynthesizer(child=["no-such-program"])
    with pytest.raises(EngineUnavailable, match="apt-get install festival"):
        await synthesizer.start()
    await synthesizer.close()
