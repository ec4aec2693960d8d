import json
import re
from pathlib import Path

import pytest

from dragoman.models.fetching import kind_of
from dragoman.models.manifest import (
    SHIPPED,
    Archive,
    Manifest,
    Model,
    Mozilla,
    Packages,
    Piper,
    Site,
    chosen,
    read_manifest,
)
from dragoman.runtime.errors import DragomanError
from tests.dragoman.models.places import a_file, a_manifest, a_model

SHIPPED_MODELS = read_manifest().models
FIXED = re.compile(r"/resolve/[0-9a-f]{40}/|/releases/download/[^/]+/|-1_9\.argosmodel$")


@pytest.mark.parametrize("model", SHIPPED_MODELS, ids=lambda model: model.name)
class TestShipped:
    def test_every_file_has_a_size_and_a_checksum(self, model: Model) -> None:
        assert all(file.size and re.fullmatch("[0-9a-f]{64}", file.sha256) for file in model.files)

    def test_either_the_manifest_or_a_registry_names_the_files(self, model: Model) -> None:
        registries = [source for source in model.sources if isinstance(source, Mozilla | Piper)]
        assert bool(model.files) != bool(registries)
        assert bool(model.size) == bool(registries)
        assert model.bytes > 1_000_000

    def test_every_file_is_somewhere_and_every_place_has_a_file(self, model: Model) -> None:
        paths = {file.path for file in model.files}
        held = [set(source.files) or paths for source in model.sources if isinstance(source, Site)]
        held += [set(source.members) for source in model.sources if isinstance(source, Packages | Archive)]
        assert set().union(*held) == paths

    def test_pieces_lie_in_packages_that_are_named(self, model: Model) -> None:
        for source in model.sources:
            if isinstance(source, Packages):
                pieces = [piece for pieces in source.members.values() for piece in pieces]
                assert {piece.split("!")[0] for piece in pieces} == {package.file for package in source.packages}
                assert all(package.size for package in source.packages)

    def test_official_places_are_encrypted_and_stay_the_same(self, model: Model) -> None:
        urls = [source.url for source in model.sources if not isinstance(source, Packages)]
        assert all(url.startswith("https://") for url in urls)
        fixed = [source.url for source in model.sources if isinstance(source, Site | Archive | Piper)]
        assert all(FIXED.search(url) for url in fixed)

    def test_who_has_to_be_named_is_named(self, model: Model) -> None:
        assert model.attribution or not model.licence.startswith("CC-BY")


def test_the_default_set_can_be_had_from_packages_alone() -> None:
    """A stand-in is as good for that."""
    manifest = Manifest(SHIPPED_MODELS)
    better = [model for model in SHIPPED_MODELS if all(kind_of(source) == "official" for source in model.sources)]
    default = [model for model in SHIPPED_MODELS if model.default and (model.stand_in or model not in better)]
    assert {model.kind for model in default} == {"recogniser", "translation", "voice"}
    for model in default:
        had = manifest.model(model.stand_in) if model.stand_in else model
        held = [set(source.members) for source in had.sources if isinstance(source, Packages)]
        assert set().union(*held) == {file.path for file in had.files}


@pytest.mark.parametrize("language", ["es", "fr", "pt"])
def test_a_machine_that_reaches_all_gets_captions_and_voices_of_these_without_being_asked(language: str) -> None:
    found = chosen(Manifest(SHIPPED_MODELS), (), (language,), default=False, voices=True)
    assert len(found) >= 3
    assert all(model.default for model in found)


@pytest.mark.parametrize("language", ["es", "fr", "pt", "de", "it", "ca", "nl", "pl", "uk"])
def test_a_language_is_translated_both_ways_and_spoken(language: str) -> None:
    found = chosen(Manifest(SHIPPED_MODELS), (), (language,), default=False, voices=True)
    assert {model.languages for model in found if model.kind == "translation"} >= {("en", language), (language, "en")}
    assert [model for model in found if model.kind == "voice" and model.engine == "piper"]


def test_names_are_unique() -> None:
    names = [model.name for model in SHIPPED_MODELS]
    assert sorted(set(names)) == sorted(names)


def test_no_package_index_is_named() -> None:
    assert not re.search(r"pypi|pythonhosted", SHIPPED.read_text())


def test_a_manifest_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    for path in ("../secret", "/etc/passwd", "a//b", ""):
        model = {"name": "x", "kind": "voice", "engine": "piper", "languages": [], "licence": "", "sources": []}
        listed = {**model, "files": [{"path": path}]}
        (tmp_path / "manifest.json").write_text(json.dumps({"models": [listed]}))
        with pytest.raises(DragomanError, match="no path inside a folder"):
            read_manifest(tmp_path / "manifest.json")


def test_what_is_no_manifest_is_said(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(DragomanError, match=r"manifest\.json: .*models"):
        read_manifest(tmp_path / "manifest.json")


MANIFEST = a_manifest(
    a_model("ears", kind="recogniser", languages=("*",), default=True),
    a_model("en-de", kind="translation", languages=("en", "de"), stand_in="en-de-small"),
    a_model("de-en", kind="translation", languages=("de", "en")),
    a_model("en-de-small", kind="translation", languages=("en", "de")),
    a_model("voice-de", languages=("de",)),
    a_model("voice-en", languages=("en",), default=True, files=(a_file("a", b"a"),)),
)


@pytest.mark.parametrize(
    ("names", "languages", "default", "voices", "expected"),
    [
        ((), (), True, False, ["ears", "voice-en"]),
        ((), ("de",), False, False, ["en-de", "de-en"]),
        ((), ("de",), False, True, ["en-de", "de-en", "voice-de"]),
        ((), ("en",), False, True, ["voice-en"]),
        (("en-de-small", "ears"), (), False, False, ["ears", "en-de-small"]),
        ((), (), False, False, []),
    ],
)
def test_models_are_chosen_by_name_set_and_language(
    names: tuple[str, ...], languages: tuple[str, ...], default: bool, voices: bool, expected: list[str]
) -> None:
    found = chosen(MANIFEST, names, languages, default=default, voices=voices)
    assert [model.name for model in found] == expected


def test_a_name_that_is_not_there_is_said() -> None:
    with pytest.raises(DragomanError, match="no model 'nose'"):
        chosen(MANIFEST, ("nose",), default=False, voices=False)
