import json
from typing import Any

import pytest

from dragoman.models.errors import GoneError, WrongFileError
from dragoman.models.registries import mozilla_files, piper_files

VOICES = "https://hub.example/voices/resolve/abc/voices.json"


def entry(architecture: str, status: str | None, **files: dict[str, Any]) -> dict[str, Any]:
    named = {
        "model": {"path": f"models/{architecture}/model.enes.bin.gz", "uncompressedSize": 9, "uncompressedHash": "AB"},
        "vocab": {"path": f"models/{architecture}/vocab.enes.spm.gz"},
        "lexicalShortlist": {"path": f"models/{architecture}/lex.enes.bin.gz"},
        "config": {"path": "models/config.yml"},
    }
    return {"architecture": architecture, "releaseStatus": status, "files": {**named, **files}, "metrics": {}}


def registry(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"generated": "x", "baseUrl": "https://data.example/", "models": {"en-es": entries}}).encode()


def test_mozilla_the_release_is_taken_with_what_is_known_of_its_files() -> None:
    found = mozilla_files(registry(entry("base", "Nightly"), entry("tiny", "Release")), "en-es")
    assert [(file.path, file.size, file.sha256) for file, _ in found] == [
        ("model.enes.bin", 9, "AB"),
        ("vocab.enes.spm", 0, ""),
        ("lex.enes.bin", 0, ""),
    ]
    assert found[0].url == "https://data.example/models/tiny/model.enes.bin.gz"


def test_mozilla_of_two_releases_the_larger_is_taken() -> None:
    entries = [entry(kind, "Release") for kind in ("tiny", "base-memory", "base", "of-tomorrow")]
    assert "/base-memory/" in mozilla_files(registry(*entries), "en-es")[0].url


def test_mozilla_two_vocabularies_are_as_good_as_one() -> None:
    parts = {role: {"path": f"m/{role}.spm.gz"} for role in ("srcVocab", "trgVocab")}
    two = entry("base", "Release", **parts)
    del two["files"]["vocab"]
    assert [file.path for file, _ in mozilla_files(registry(two), "en-es")][-2:] == ["srcVocab.spm", "trgVocab.spm"]


@pytest.mark.parametrize("entries", [(), (entry("base", "Nightly"),), (entry("base", None),)])
def test_mozilla_a_pair_without_a_release_is_gone(entries: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(GoneError, match="no release of en-es"):
        mozilla_files(registry(*entries), "en-es")


def test_mozilla_no_checksum_of_the_model_is_no_release() -> None:
    with pytest.raises(WrongFileError, match="no checksum of en-es"):
        mozilla_files(registry(entry("base", "Release", model={"path": "m/model.gz"})), "en-es")


def test_mozilla_no_vocabulary_is_no_release() -> None:
    without = entry("base", "Release")
    del without["files"]["vocab"]
    with pytest.raises(WrongFileError, match="no vocabulary of en-es"):
        mozilla_files(registry(without), "en-es")


@pytest.mark.parametrize("document", [b"<html>", b"[]", b'{"models": {}}'])
def test_another_form_is_said(document: bytes) -> None:
    with pytest.raises(WrongFileError, match="another form"):
        mozilla_files(document, "en-es")


def test_no_registry_leads_out_of_the_folder() -> None:
    with pytest.raises(WrongFileError, match=r"names 'models/\.\.'"):
        mozilla_files(registry(entry("base", "Release", vocab={"path": "models/.."})), "en-es")


def test_piper_the_files_lie_beside_the_registry() -> None:
    files = {
        f"de/de_DE/x/low/{name}": {"size_bytes": 5, "md5_digest": "ab"}
        for name in ("de_DE-x-low.onnx", "de_DE-x-low.onnx.json", "MODEL_CARD")
    }
    found = piper_files(json.dumps({"de_DE-x-low": {"files": files}}).encode(), VOICES, "de_DE-x-low")
    assert [file.path for file, _ in found] == ["de_DE-x-low.onnx", "de_DE-x-low.onnx.json", "MODEL_CARD"]
    assert found[0].url == "https://hub.example/voices/resolve/abc/de/de_DE/x/low/de_DE-x-low.onnx"
    assert (found[0].file.size, found[0].file.md5) == (5, "ab")


def test_piper_a_voice_that_is_not_there_is_gone() -> None:
    with pytest.raises(GoneError, match="no voice de_DE-x-low"):
        piper_files(b"{}", VOICES, "de_DE-x-low")


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        ({"files": {"x/v.onnx": {}}}, "another form"),
        ({"files": {"x/v.onnx": {"size_bytes": 1, "md5_digest": "a"}}}, "does not name the files of v"),
        ([], "another form"),
    ],
)
def test_piper_another_form_is_said(voice: object, said: str) -> None:
    with pytest.raises(WrongFileError, match=said):
        piper_files(json.dumps({"v": voice}).encode(), VOICES, "v")
