"""What Kokoro is told. Its process is a fake that answers with what it was asked."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from workers.errors import EngineRefused, EngineUnavailable
from workers.synthesize.clauses import clauses
from workers.synthesize.engine import Sound, Tone
from workers.synthesize.engines.kokoro import KokoroSynthesizer
from workers.synthesize.engines.kokoro.files import MODEL, VOCABULARY, VOICE_BYTES
from workers.synthesize.engines.kokoro.synthesizer import MOST_CHARACTERS

ECHO = """
import struct, sys
for line in sys.stdin.buffer:
    line = line.ljust(48_000)
    sys.stdout.buffer.write(struct.pack(">II", len(line), 700) + line)
    sys.stdout.buffer.flush()
"""
VOICES = ("pf_dora", "pm_alex", "ef_dora", "ff_siwis", "af_heart", "zf_xiaobei")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "voices").mkdir()
    for name in VOICES:
        (tmp_path / "voices" / f"{name}.bin").write_bytes(bytes(VOICE_BYTES))
    for name in (MODEL, VOCABULARY):
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "echo.py").write_text(ECHO)
    return tmp_path


@pytest.fixture
async def echoing(folder: Path) -> AsyncIterator[Callable[..., KokoroSynthesizer]]:
    made = []

    def make(**pinned: str) -> KokoroSynthesizer:
        made.append(KokoroSynthesizer(folder, 60, child=[sys.executable, str(folder / "echo.py")], pinned=pinned))
        return made[-1]

    yield make
    for synthesizer in made:
        await synthesizer.close()


def told(sound: Sound) -> list[list[Any]]:
    """What the process was asked, request by request: text, language, voice, speed, gain."""
    return [json.loads(sound.pcm[at : at + 48_000]) for at in range(0, len(sound.pcm), 48_000)]


async def test_it_speaks_the_languages_of_the_voices_that_are_there(echoing: Callable[..., KokoroSynthesizer]) -> None:
    kokoro = echoing()
    assert kokoro.languages == {"pt", "pt-BR", "es", "fr", "en", "en-US"}
    assert [(voice.name, voice.sex) for voice in kokoro.voices["pt"]] == [("pf_dora", "female"), ("pm_alex", "male")]
    with pytest.raises(EngineRefused):
        await kokoro.synthesize("ciao", "it", 1.0)


@pytest.mark.parametrize(
    ("language", "pitch_hz", "voice"),
    [
        ("pt", 0, "pf_dora"),
        ("pt", 120, "pm_alex"),
        ("pt", 154, "pm_alex"),
        ("pt", 155, "pf_dora"),
        ("es", 120, "ef_dora"),
    ],
)
async def test_a_low_speaker_gets_a_mans_voice_where_there_is_one(
    echoing: Callable[..., KokoroSynthesizer], language: str, pitch_hz: float, voice: str
) -> None:
    (asked,) = told(await echoing().synthesize("um", language, 1.0, Tone(pitch_hz=pitch_hz)))
    assert asked[2] == voice


async def test_a_pinned_voice_is_taken_whatever_the_pitch(echoing: Callable[..., KokoroSynthesizer]) -> None:
    (asked,) = told(await echoing(pt="pm_alex").synthesize("um", "pt", 1.0, Tone(pitch_hz=220)))
    assert asked[2] == "pm_alex"


async def test_rate_and_gain_are_what_makes_it_as_fast_and_as_loud(echoing: Callable[..., KokoroSynthesizer]) -> None:
    kokoro = echoing()
    speeds = [told(await kokoro.synthesize("um", "pt", rate))[0][3] for rate in (0.7, 1.0, 1.2, 1.4)]
    assert speeds == sorted(speeds)
    assert speeds[1] == 1.0
    soft, usual = [told(await kokoro.synthesize("um", "pt", 1.0, Tone(gain_db=gain)))[0][4] for gain in (-6, 0)]
    assert usual - soft == pytest.approx(6)


async def test_a_clause_is_spoken_whole_a_long_text_clause_by_clause_and_a_huge_one_refused(
    echoing: Callable[..., KokoroSynthesizer],
) -> None:
    kokoro = echoing()
    clause = "de hoje vai falar de energias renováveis."
    text = f"Bom dia a todos e bem-vindos, à nossa reunião anual: a nossa primeira oradora {clause}"
    assert clauses(clause) != [clause]
    assert [asked[0] for asked in told(await kokoro.synthesize(clause, "pt", 1.0))] == [clause]
    assert [asked[0] for asked in told(await kokoro.synthesize(text, "pt", 1.0))] == clauses(text)
    assert (await kokoro.synthesize("  ", "pt", 1.0)).pcm == b""
    with pytest.raises(EngineRefused):
        await kokoro.synthesize("a" * (MOST_CHARACTERS + 1), "pt", 1.0)


async def test_its_cost_is_what_a_sentence_took_of_the_processor(echoing: Callable[..., KokoroSynthesizer]) -> None:
    pytest.importorskip("onnxruntime", reason="not installed: onnxruntime")
    kokoro = echoing()
    await kokoro.start()
    assert kokoro.cost == pytest.approx(0.7)


@pytest.mark.parametrize("missing", [MODEL, VOCABULARY])
async def test_a_file_that_is_missing_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(EngineUnavailable, match=f"no {missing}.*dragoman models fetch kokoro"):
        await KokoroSynthesizer(folder).start()


async def test_a_voice_that_is_no_voice_is_named_and_the_others_stay(
    echoing: Callable[..., KokoroSynthesizer], folder: Path
) -> None:
    pytest.importorskip("onnxruntime", reason="not installed: onnxruntime")
    for name in ("pm_alex", "ff_siwis"):
        (folder / "voices" / f"{name}.bin").write_bytes(b"no")
    kokoro = echoing()
    with capture_logs() as logged:
        await kokoro.start()
    assert [voice.name for voice in kokoro.voices["pt"]] == ["pf_dora"]
    assert "fr" not in kokoro.languages
    assert [line["detail"] for line in logged if line["log_level"] == "error"] == kokoro.troubles
    assert [trouble.partition(" is not the file of a voice")[0] for trouble in kokoro.troubles] == [
        str(folder / "voices" / f"{name}.bin") for name in ("ff_siwis", "pm_alex")
    ]


async def test_without_a_voice_that_can_be_used_it_does_not_work(folder: Path) -> None:
    pytest.importorskip("onnxruntime", reason="not installed: onnxruntime")
    for name in VOICES:
        (folder / "voices" / f"{name}.bin").write_bytes(b"no")
    with pytest.raises(EngineUnavailable, match=r"no voices in .*: dragoman models fetch kokoro"):
        await KokoroSynthesizer(folder).start()


def test_where_nothing_is_there_it_says_what_it_could_speak(tmp_path: Path) -> None:
    kokoro = KokoroSynthesizer(tmp_path)
    assert kokoro.languages >= {"pt", "hi"}
    assert not kokoro.voices
