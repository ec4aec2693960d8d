"""What every synthesizer keeps, whatever it is made of."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np
import psutil
import pytest
import pytest_asyncio

from dragoman.runtime.settings import Settings
from tests.workers.amazon.peers import peers_of
from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineUnavailable
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Sound, Synthesizer, Tone
from workers.synthesize.engines import NAMES, create

SENTENCES = {
    "es": "El domingo es la mejor parte de la semana.",
    "en": "Sunday is the best of all the days of a week.",
    "ca": "El diumenge és la millor part de la setmana.",
}
STRANGE = [
    "",
    " ",
    "\0",
    "a\0b",
    "one\ntwo",
    "...",
    "[[",
    "😀",
    "\ud83d",
    "-h",
    "<speak>",
    "palabra " * 10,
    "1234567890" * 2,
]
LANGUAGES = ["es", "en", "fr", "ca", "gl", "pt-BR"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def beside() -> set[psutil.Process]:
    """Children of this process that belong to other tests."""
    return set(psutil.Process().children())


@pytest_asyncio.fixture(params=NAMES, scope="module", loop_scope="module")
async def synthesizer(
    request: pytest.FixtureRequest, beside: set[psutil.Process], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Synthesizer]:
    """One for all tests: to load a model takes longer than most of them."""
    async with peers_of(request.param, tmp_path_factory.mktemp("peers")) as there:
        synthesizer = create(request.param, Settings.model_validate({"engine_timeout_s": 60, **there}))
        try:
            await synthesizer.start()
        except EngineUnavailable as missing:
            await synthesizer.close()
            pytest.skip(str(missing))
        yield synthesizer
        await synthesizer.close()
        await synthesizer.close()  # which is harmless


def loudness(sound: Sound) -> float:
    return float(np.frombuffer(sound.pcm, "<i2").astype(float).std())


def spoken(synthesizer: Synthesizer) -> tuple[str, str]:
    """A language of the engine's, and a sentence in it."""
    able = synthesizer.languages
    return next((language, text) for language, text in SENTENCES.items() if able & {language, "*"})


async def test_it_says_what_it_can_do(synthesizer: Synthesizer) -> None:
    assert synthesizer.name in NAMES
    assert synthesizer.languages
    if synthesizer.name not in ("espeak", "amazon", "scripted"):
        assert 0 < synthesizer.cost < 5
    if "*" not in synthesizer.languages:
        assert synthesizer.voices.keys() == synthesizer.languages
        assert all(synthesizer.voices.values())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sentence_becomes_a_sound_whose_length_fits_the_text_or_is_refused(
    synthesizer: Synthesizer, language: str
) -> None:
    if not synthesizer.languages & {language, "*"}:
        with pytest.raises(EngineRefused):
            await synthesizer.synthesize(SENTENCES["es"], language, 1.0)
        return
    sentence = SENTENCES.get(language, SENTENCES["es"])
    sound = await synthesizer.synthesize(sentence, language, 1.0)
    assert 30 < sound.duration_ms / len(sentence) < 150
    assert loudness(sound) > 500


async def test_a_language_that_it_does_not_speak_is_refused(synthesizer: Synthesizer) -> None:
    if "*" not in synthesizer.languages:
        with pytest.raises(EngineRefused):
            await synthesizer.synthesize(SENTENCES["es"], "tlh", 1.0)


async def test_a_longer_text_is_a_longer_sound(synthesizer: Synthesizer) -> None:
    language, sentence = spoken(synthesizer)
    short = await synthesizer.synthesize(sentence, language, 1.0)
    long = await synthesizer.synthesize(f"{sentence} {sentence} {sentence}", language, 1.0)
    assert 2 < long.duration_ms / short.duration_ms < 4


async def test_the_rate_is_how_much_faster_it_speaks(synthesizer: Synthesizer) -> None:
    language, sentence = spoken(synthesizer)
    slow, usual, fast = [
        (await synthesizer.synthesize(sentence, language, rate)).duration_ms for rate in (0.75, 1.0, 1.35)
    ]
    assert 1.15 < slow / usual < 1.5
    assert 0.6 < fast / usual < 0.9


@pytest.mark.parametrize("tone", [Tone(gain_db=-6, pitch_hz=70), Tone(gain_db=6, pitch_hz=400), Tone(pitch_hz=1e-3)])
async def test_in_any_tone_a_text_is_about_as_long(synthesizer: Synthesizer, tone: Tone) -> None:
    language, sentence = spoken(synthesizer)
    usual = await synthesizer.synthesize(sentence, language, 1.0)
    toned = await synthesizer.synthesize(sentence, language, 1.0, tone)
    assert 0.75 < toned.duration_ms / usual.duration_ms < 1.25
    assert loudness(toned) > 250


async def test_nothing_gives_a_sound_of_length_zero(synthesizer: Synthesizer) -> None:
    language, _ = spoken(synthesizer)
    assert (await synthesizer.synthesize("", language, 1.0)).pcm == b""


async def test_many_calls_at_once_each_get_their_own_sound(synthesizer: Synthesizer) -> None:
    language, sentence = spoken(synthesizer)
    texts = [sentence, f"{sentence} {sentence}"]
    short, long = [(await synthesizer.synthesize(text, language, 1.0)).duration_ms for text in texts]
    calls = [texts[number % 2] for number in range(4 if synthesizer.cost > 0.05 else 50)]
    sounds = await asyncio.gather(*(synthesizer.synthesize(text, language, 1.0) for text in calls))
    for number, sound in enumerate(sounds):
        expected = (short, long)[number % 2]
        assert abs(sound.duration_ms - expected) < 0.25 * expected  # pico speaks a text now and then a tenth longer


async def test_strange_text_is_a_sound_or_an_engine_error_and_disturbs_no_other_call(synthesizer: Synthesizer) -> None:
    language, sentence = spoken(synthesizer)
    often = 4 if synthesizer.cost > 0.05 else 1  # a good text behind each strange one, or now and then
    calls = [text for n, strange in enumerate(STRANGE) for text in (strange, *([sentence] if n % often == 0 else []))]
    answers = await asyncio.gather(
        *(synthesizer.synthesize(text, language, 1.0) for text in calls), return_exceptions=True
    )
    assert all(isinstance(answer, Sound | EngineError) for answer in answers)
    for text, sound in zip(calls, answers, strict=True):
        if text == sentence:
            assert isinstance(sound, Sound)
            assert loudness(sound) > 500


@pytest.mark.parametrize("text", ["a" * 5_000, "palabra " * 625, "1234567890" * 500, "😀" * 5_000])
async def test_five_thousand_letters_are_spoken_or_refused_and_the_next_text_is_spoken(
    synthesizer: Synthesizer, text: str
) -> None:
    language, sentence = spoken(synthesizer)
    with contextlib.suppress(EngineError):
        assert isinstance(await synthesizer.synthesize(text, language, 1.0), Sound)
    assert loudness(await synthesizer.synthesize(sentence, language, 1.0)) > 500


async def test_after_its_process_was_killed_the_next_text_is_spoken(
    synthesizer: Synthesizer, beside: set[psutil.Process]
) -> None:
    language, sentence = spoken(synthesizer)
    for child in set(psutil.Process().children()) - beside:
        with contextlib.suppress(psutil.NoSuchProcess):  # it may go by itself
            child.kill()
    with contextlib.suppress(EngineCrashed):  # what was asked before the end was seen
        await synthesizer.synthesize(sentence, language, 1.0)
    assert loudness(await synthesizer.synthesize(sentence, language, 1.0)) > 500


@pytest.mark.parametrize("audio_format", ["ogg-opus", "pcm16"])
async def test_every_sound_can_be_encoded_at_its_length(synthesizer: Synthesizer, audio_format: str) -> None:
    language, sentence = spoken(synthesizer)
    for text in (sentence, "a", ""):
        sound = await synthesizer.synthesize(text, language, 1.0)
        encoded = encode(sound, audio_format)
        assert encoded.audio
        assert abs(encoded.duration_ms - max(sound.duration_ms, 20)) <= 1


async def test_scripted_faults_are_crashes_in_their_share() -> None:
    synthesizer = create("scripted", Settings(scripted_faults="fail:0.3"))
    calls = (synthesizer.synthesize("one", "es", 1.0) for _ in range(200))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert 40 < sum(isinstance(answer, EngineCrashed) for answer in answers) < 80
