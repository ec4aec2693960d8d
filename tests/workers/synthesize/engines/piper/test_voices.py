"""The voices of Piper that are in the models folder."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from dragoman.models.folder import NOTE, Note
from workers.errors import EngineRefused, EngineUnavailable
from workers.synthesize.engines.piper import PiperSynthesizer
from workers.synthesize.engines.piper.voices import voices_by_language, voices_in


def put(folder: Path, name: str, configuration: object) -> None:
    place = folder / f"piper-{name}"
    place.mkdir(parents=True)
    (place / f"{name}.onnx").write_bytes(b"")
    (place / f"{name}.onnx.json").write_text(json.dumps(configuration))


def test_each_serves_its_tag_and_its_language(tmp_path: Path) -> None:
    put(tmp_path, "pt_BR-faber-medium", {"audio": {"sample_rate": 22_050}})
    put(tmp_path, "pt_PT-tugao-medium", {"audio": {"sample_rate": 16_000}})
    found = voices_by_language(voices_in(tmp_path))
    assert {tag: [voice.name for voice in voices] for tag, voices in found.items()} == {
        "pt-BR": ["pt_BR-faber-medium"],
        "pt-PT": ["pt_PT-tugao-medium"],
        "pt": ["pt_BR-faber-medium", "pt_PT-tugao-medium"],
    }
    assert [voice.sample_rate for voice in found["pt"]] == [22_050, 16_000]
    assert [voice.sex for voice in found["pt"]] == ["male", ""]
    piper = PiperSynthesizer(tmp_path, pinned={"pt": "pt_PT-tugao-medium"})
    assert {tag: len(voices) for tag, voices in piper.voices.items()} == {"pt-BR": 1, "pt-PT": 1, "pt": 1}


@pytest.mark.parametrize("configuration", [None, {}, {"audio": 1}, {"audio": {"sample_rate": "fast"}}])
def test_what_is_no_voice_is_passed_over(tmp_path: Path, configuration: object) -> None:
    put(tmp_path, "pt_BR-faber-medium", configuration)
    put(tmp_path, "neverland-x-low", {"audio": {"sample_rate": 16_000}})
    assert voices_in(tmp_path) == []


async def test_without_voices_the_start_says_so(tmp_path: Path) -> None:
    pytest.importorskip("piper", reason="not installed: piper-tts")
    piper = PiperSynthesizer(tmp_path)
    with pytest.raises(EngineUnavailable, match="no voice of Piper's"):
        await piper.start()
    with pytest.raises(EngineRefused):
        await piper.synthesize("um", "pt", 1.0)
    await piper.close()


async def test_a_voice_that_comes_is_taken_up_and_one_that_goes_is_let_go(tmp_path: Path) -> None:
    pytest.importorskip("piper", reason="not installed: piper-tts")
    piper = PiperSynthesizer(tmp_path)
    assert (piper.languages, piper.absent["nl"]) == (frozenset(), "piper-nl_NL-mls-medium")
    assert await piper.look() is False
    put(tmp_path, "nl_NL-mls-medium", {"audio": {"sample_rate": 22_050}})
    note = Note(name="piper-nl_NL-mls-medium", fetched_at="", places=(), files=())
    (tmp_path / "piper-nl_NL-mls-medium" / NOTE).write_bytes(msgspec.json.encode(note))
    assert await piper.look() is True
    assert (piper.languages, "nl" in piper.absent) == ({"nl", "nl-NL"}, False)
    assert [voice.name for voice in piper.voices["nl"]] == ["nl_NL-mls-medium"]
    shutil.rmtree(tmp_path / "piper-nl_NL-mls-medium")
    assert await piper.look() is True
    with pytest.raises(EngineRefused):
        await piper.synthesize("een", "nl", 1.0)
    await piper.close()
