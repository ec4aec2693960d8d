"""The espeak synthesizer: with the real espeak-ng where it is installed, with a stubborn fake for bad days."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from tests.processes import children, living, python_with_children, until
from workers.errors import EngineCrashed, EngineRefused, EngineTimeout, EngineUnavailable
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Tone
from workers.synthesize.engines.espeak import EspeakSynthesizer
from workers.transcribe.prosody import prosody

SENTENCE = "Nuestro primer invitado hoy hablará sobre energía renovable."
SAFE = [
    "-h",
    "--help",
    "-f /etc/passwd",
    "\0",
    "a\0b",
    "one\ntwo",
    "\x01100s hola",
    "\x1b[2J",
    "[[w3:ld]]",
    "<speak>",
    "&",
]
SAFE += ["😀", "\ud83d", "\uffff", "你好", "%s%n", "'; ls #", "a" * 2_000, "http://a.b/c?d=e"]
SILENT = ["", " ", "\n\0\t", "...", "¿?", "-", "—", "\u200b", "[[", "\ud83d"]

FAKE = """#!/bin/sh
# Lists a voice, says one word when it is probed, then hangs, deaf to the end of its input.
case "$1 $2" in
  "--voices "*) printf 'Pty\\n 5 en --/M English gmw/en\\n 5 es --/M Spanish roa/es\\n' ;;
  "-v en") cat > /dev/null; head -c 1044 /dev/zero ;;
  *) exec sleep 1000 ;;
esac
"""


@pytest.fixture
async def synthesizer() -> AsyncIterator[EspeakSynthesizer]:
    if shutil.which("espeak-ng") is None:
        pytest.skip("not installed: espeak-ng")
    synthesizer = EspeakSynthesizer()
    await synthesizer.start()
    yield synthesizer
    await synthesizer.close()


@pytest.fixture
def stubborn(tmp_path: Path) -> str:
    program = tmp_path / "espeak-ng"
    program.write_text(FAKE)
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("language", ["en", "es", "es-419", "ca", "gl", "eo", "fr", "pt", "pt-BR", "it", "oc", "ast"])
async def test_each_language_of_the_set_is_spoken(synthesizer: EspeakSynthesizer, language: str) -> None:
    assert language in synthesizer.languages
    sound = await synthesizer.synthesize(SENTENCE, language, 1.0)
    assert sound.sample_rate == 22_050
    assert 2_000 < sound.duration_ms < 8_000
    assert np.frombuffer(sound.pcm, "<i2").astype(float).std() > 500


async def test_the_rate_makes_it_faster(synthesizer: EspeakSynthesizer) -> None:
    usual = await synthesizer.synthesize(SENTENCE, "es", 1.0)
    fast = await synthesizer.synthesize(SENTENCE, "es", 1.35)
    assert 0.65 < fast.duration_ms / usual.duration_ms < 0.85


@pytest.mark.parametrize("language", ["es", "ca", "pt", "gl"])
async def test_it_speaks_as_low_and_as_high_as_the_speaker(synthesizer: EspeakSynthesizer, language: str) -> None:
    for hertz in (90, 130, 170, 230):
        sound = await synthesizer.synthesize(SENTENCE, language, 1.0, Tone(pitch_hz=hertz))
        found = prosody(encode(sound, "pcm16").audio, SENTENCE, language)
        assert found is not None
        assert found.pitch_hz == pytest.approx(hertz, rel=0.15)


async def test_it_speaks_as_much_louder_or_softer_as_the_speaker(synthesizer: EspeakSynthesizer) -> None:
    sounds = [await synthesizer.synthesize(SENTENCE, "es", 1.0, Tone(gain_db=gain_db)) for gain_db in (-6, 0, 3)]
    soft, usual, loud = [np.frombuffer(sound.pcm, "<i2").astype(float).std() for sound in sounds]
    assert usual / soft == pytest.approx(2, rel=0.2)
    assert loud / usual == pytest.approx(1.41, rel=0.2)


@pytest.mark.parametrize("text", SAFE)
async def test_any_text_is_safe(synthesizer: EspeakSynthesizer, text: str) -> None:
    sound = await synthesizer.synthesize(text, "es", 1.0)
    assert len(sound.pcm) % 2 == 0
    assert (await synthesizer.synthesize("uno dos tres", "es", 1.0)).duration_ms > 500


@pytest.mark.parametrize("text", SILENT)
async def test_text_with_nothing_to_say_gives_a_sound_of_length_zero(synthesizer: EspeakSynthesizer, text: str) -> None:
    assert (await synthesizer.synthesize(text, "es", 1.0)).duration_ms == 0


async def test_text_that_looks_like_an_option_is_spoken(synthesizer: EspeakSynthesizer) -> None:
    assert (await synthesizer.synthesize("--version", "es", 1.0)).duration_ms > 300


async def test_text_that_looks_like_phoneme_names_is_spelled(synthesizer: EspeakSynthesizer) -> None:
    assert (await synthesizer.synthesize("[[h@l'oU]]", "en", 1.0)).duration_ms > 1_000


async def test_a_long_text_is_spoken_to_its_end(synthesizer: EspeakSynthesizer) -> None:
    once = await synthesizer.synthesize(SENTENCE, "es", 1.0)
    often = await synthesizer.synthesize(" ".join([SENTENCE] * 100), "es", 1.0)
    assert 90 < often.duration_ms / once.duration_ms < 110


async def test_no_more_processes_run_than_twice_the_cores(stubborn: str) -> None:
    synthesizer = EspeakSynthesizer(program=stubborn)
    await synthesizer.start()
    limit = 2 * (os.cpu_count() or 1)
    calls = [asyncio.create_task(synthesizer.synthesize("uno", "es", 1.0)) for _ in range(limit + 5)]
    await until(lambda: len(children("sleep")) == limit)
    assert not any(call.done() for call in calls)
    await synthesizer.close()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(answer, EngineCrashed) for answer in answers)
    assert children("sleep") == []


async def test_a_process_that_hangs_is_killed_at_the_timeout(stubborn: str) -> None:
    synthesizer = EspeakSynthesizer(timeout_s=0.3, program=stubborn)
    await synthesizer.start()
    with pytest.raises(EngineTimeout):
        await synthesizer.synthesize("uno", "es", 1.0)
    assert children("sleep") == []


async def test_a_cancelled_call_leaves_no_process_behind(stubborn: str) -> None:
    synthesizer = EspeakSynthesizer(program=stubborn)
    await synthesizer.start()
    call = asyncio.create_task(synthesizer.synthesize("uno", "es", 1.0))
    await until(lambda: children("sleep"))
    pids = [child.pid for child in children("sleep")]
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert living(pids) == []


async def test_a_process_that_is_killed_is_a_crash_and_the_next_call_works(
    synthesizer: EspeakSynthesizer, stubborn: str
) -> None:
    fragile = EspeakSynthesizer(program=stubborn)
    await fragile.start()
    call = asyncio.create_task(fragile.synthesize("uno", "es", 1.0))
    await until(lambda: children("sleep"))
    children("sleep")[0].kill()
    with pytest.raises(EngineCrashed):
        await call
    assert (await fragile.synthesize("one", "en", 1.0)).pcm == bytes(1_000)


async def test_a_language_without_a_voice_is_refused(synthesizer: EspeakSynthesizer) -> None:
    assert "sc" not in synthesizer.languages
    with pytest.raises(EngineRefused):
        await synthesizer.synthesize("one", "sc", 1.0)


@pytest.mark.parametrize("program", ["no-such-espeak", "/bin/false", "/bin/true"])
async def test_without_espeak_the_start_says_what_to_install(program: str) -> None:
    with pytest.raises(EngineUnavailable, match="apt-get install espeak-ng") as raised:
        await EspeakSynthesizer(program=program).start()
    assert "\n" not in str(raised.value)


ABANDONED = """
import asyncio, psutil, sys
from tests.processes import children
from workers.synthesize.encoder import encode
from workers.synthesize.engine import Tone
from workers.synthesize.engines.espeak import EspeakSynthesizer
from workers.transcribe.prosody import prosody

async def main():
    synthesizer = EspeakSynthesizer(program=sys.argv[1])
    await synthesizer.start()
    call = asyncio.create_task(synthesizer.synthesize("uno", "es", 1.0))
    while not children("sleep"):
        await asyncio.sleep(0.01)
    print('pids', *(child.pid for child in psutil.Process().children()), flush=True)
    await call

asyncio.run(main())
"""


def test_when_the_process_is_killed_a_hung_voice_dies_with_it(stubborn: str) -> None:
    with python_with_children(ABANDONED, stubborn) as (parent, pids):
        assert living(pids) == pids != []
        parent.kill()
    asyncio.run(until(lambda: living(pids) == []))
