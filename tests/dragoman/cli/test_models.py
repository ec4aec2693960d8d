import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from dragoman.cli import main
from dragoman.models.folder import ModelsFolder
from dragoman.models.manifest import SHIPPED, Model, Site
from tests.dragoman.models.places import Places, a_file, a_manifest, a_model, from_package, serving

CONTENT = b"weights " * 1000
NOWHERE = "http://127.0.0.1:1/"


@pytest.fixture
def places() -> Iterator[Places]:
    with serving() as found:
        found.files |= {f"/{name}/model.bin": CONTENT for name in ("ears", "voice")}
        yield found


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("DRAGOMAN_MODELS_FROM", "official")
    return tmp_path / "models"


def here(places: Places, name: str, **others: Any) -> Model:
    return a_model(name, Site(url=f"{places.url}/{name}/"), files=(a_file("model.bin", CONTENT),), **others)


def lost(name: str, **others: Any) -> Model:
    return a_model(name, Site(url=NOWHERE), files=(a_file("model.bin", CONTENT),), **others)


def run(tmp_path: Path, manifest: tuple[Model, ...], action: str, *arguments: str) -> Result:
    path = tmp_path / "manifest.json"
    path.write_bytes(msgspec.json.encode(a_manifest(*manifest)))
    return CliRunner().invoke(main, ["models", action, "--manifest", str(path), *arguments])


def test_the_default_set_is_fetched_and_its_size_is_told_before(places: Places, models: Path, tmp_path: Path) -> None:
    known = (here(places, "ears", kind="recogniser", default=True), here(places, "voice"))
    result = run(tmp_path, known, "fetch", "--default")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"fetching 1 model: about 0 MB to download, 0 MB in {models}",
        "ears: fetching…",
        "ears: 0 MB fetched",
    ]
    assert (models / "ears" / "model.bin").read_bytes() == CONTENT
    again = run(tmp_path, known, "fetch", "--default")
    assert (again.exit_code, again.stdout) == (0, "ears: 0 MB there\n")


def test_what_could_not_be_had_is_said_with_its_places(places: Places, models: Path, tmp_path: Path) -> None:
    result = run(tmp_path, (lost("mouth"), here(places, "voice")), "fetch", "mouth", "voice")
    assert result.exit_code == 1
    assert "voice: 0 MB fetched" in result.stdout
    assert result.stderr.splitlines()[0] == "mouth: could not be had"
    assert result.stderr.splitlines()[1].startswith(f"  {NOWHERE}model.bin: ")


def test_no_recogniser_is_a_status_of_its_own(places: Places, models: Path, tmp_path: Path) -> None:
    known = (lost("ears", kind="recogniser", default=True), here(places, "voice", default=True))
    result = run(tmp_path, known, "fetch", "--default")
    assert result.exit_code == 3
    assert result.stderr.endswith("no recogniser is there: nothing can be understood\n")
    assert ModelsFolder(models).state(known[1]) == "there"


def test_one_recogniser_is_enough(places: Places, models: Path, tmp_path: Path) -> None:
    known = (lost("large", kind="recogniser"), here(places, "ears", kind="recogniser"))
    assert run(tmp_path, known, "fetch", "ears").exit_code == 0
    assert run(tmp_path, known, "fetch", "large").exit_code == 1


def test_a_stand_in_is_no_fault_if_the_better_one_was_not_reached(places: Places, models: Path, tmp_path: Path) -> None:
    known = (lost("mouth", stand_in="voice"), here(places, "voice"))
    result = run(tmp_path, known, "fetch", "mouth")
    assert result.exit_code == 0
    assert result.stderr.startswith("mouth: could not be had; voice serves instead\n")


def test_what_would_only_be_better_and_was_not_reached_is_one_line(
    places: Places, models: Path, tmp_path: Path
) -> None:
    """On a machine that reaches package registries only."""
    known = (
        here(places, "voice", default=True),
        *(lost(name, default=True, languages=("de",)) for name in ("clear", "clearer")),
    )
    result = run(tmp_path, known, "fetch", "--default")
    assert (result.exit_code, result.stderr) == (
        0,
        "better ones could not be had without 127.0.0.1:1: clear, clearer\n",
    )
    asked = run(tmp_path, known, "fetch", "--default", "--languages", "german", "--voices")
    assert asked.exit_code == 1
    assert "clear: could not be had\n" in asked.stderr


def test_a_stand_in_does_not_hide_that_a_file_was_moved(places: Places, models: Path, tmp_path: Path) -> None:
    known = (here(places, "mouth", stand_in="voice"), here(places, "voice"))
    result = run(tmp_path, known, "fetch", "mouth")
    assert result.exit_code == 1
    assert f"  {places.url}/mouth/model.bin: HTTP 404\n" in result.stderr
    assert "voice: 0 MB fetched" in result.stdout


def test_languages_and_voices_are_fetched(places: Places, models: Path, tmp_path: Path) -> None:
    known = (lost("en-de", kind="translation", languages=("en", "de")), here(places, "voice", languages=("de",)))
    result = run(tmp_path, known, "fetch", "--languages", "de", "--voices")
    assert result.exit_code == 1
    assert "voice: 0 MB fetched" in result.stdout
    assert "en-de: could not be had" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "which models?"),
        (("nose",), "there is no model 'nose'"),
        (("--languages", "xx"), "there is no model for 'xx': there are some for en"),
        (("--languages", "english,engilsh"), "there is no model for 'engilsh': did you mean en (English)?"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(tmp_path, (lost("voice"),), "fetch", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"dragoman models: {said}")
    assert len(result.stderr.splitlines()) == 1


def test_kinds_of_places_are_checked(models: Path, tmp_path: Path) -> None:
    result = run(tmp_path, (lost("voice"),), "fetch", "voice", "--models-from", "nowhere")
    assert result.exit_code == 2
    assert "DRAGOMAN_MODELS_FROM is 'nowhere': it must be some of official, packages" in result.stderr


def test_the_list_shows_what_is_there_what_for_how_big_and_whose(places: Places, models: Path, tmp_path: Path) -> None:
    package = from_package("w-1.0-py3-none-any.whl", b"", a=("a",))
    known = (
        here(places, "voice", languages=("de", "en")),
        a_model(
            "zh-en",
            package,
            kind="translation",
            languages=("zh", "en"),
            licence="CC-BY-4.0",
            attribution="by Somebody",
            size=85_000_000,
        ),
    )
    run(tmp_path, known, "fetch", "voice")
    lines = run(tmp_path, known, "list").stdout.splitlines()
    assert lines[1].split() == ["voice", "there", "0", "voice", "de,", "en", "MIT"]
    assert lines[2].split(maxsplit=7)[1:] == ["-", "85", "translation", "zh", "to", "en", "CC-BY-4.0: by Somebody"]


def test_the_list_can_read_every_file(places: Places, models: Path, tmp_path: Path) -> None:
    known = (here(places, "voice"),)
    run(tmp_path, known, "fetch", "voice")
    assert run(tmp_path, known, "list", "--verify").exit_code == 0
    (models / "voice" / "model.bin").write_bytes(CONTENT[::-1])
    result = run(tmp_path, known, "list", "--verify")
    assert result.exit_code == 2
    assert "dragoman models: voice/model.bin: sha256" in result.stderr


def test_a_model_is_removed(places: Places, models: Path, tmp_path: Path) -> None:
    known = (here(places, "voice"),)
    run(tmp_path, known, "fetch", "voice")
    assert run(tmp_path, known, "remove", "voice").stdout == "voice: 0 MB removed\n"
    assert not (models / "voice").exists()
    assert run(tmp_path, known, "remove", "voice").stdout == "voice: was not there\n"
    assert run(tmp_path, known, "remove", "nose").exit_code == 2


def test_a_stand_in_is_unused_beside_the_better_one(places: Places, models: Path, tmp_path: Path) -> None:
    known = (here(places, "ears", stand_in="voice"), here(places, "voice"))
    run(tmp_path, known, "fetch", "voice")
    assert run(tmp_path, known, "remove", "--unused").stdout == ""
    run(tmp_path, known, "fetch", "ears")
    assert run(tmp_path, known, "list").stdout.splitlines()[2].split()[:2] == ["voice", "unused"]
    assert run(tmp_path, known, "remove", "--unused").stdout == "voice: 0 MB removed\n"
    assert [path.name for path in models.glob("*/model.json")] == ["model.json"]
    assert (models / "ears" / "model.bin").is_file()
    assert run(tmp_path, known, "remove").exit_code == 2


def test_a_model_that_is_in_no_list_any_more_can_be_removed(places: Places, models: Path, tmp_path: Path) -> None:
    run(tmp_path, (here(places, "voice"),), "fetch", "voice")
    assert "voice" in run(tmp_path, (), "list").stdout
    assert run(tmp_path, (), "remove", "voice").stdout == "voice: 0 MB removed\n"


def test_a_machine_without_an_index_learns_all_places_that_were_tried(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_MODELS_FROM", "official,packages")
    for name, value in {
        "PIP_INDEX_URL": f"{NOWHERE}simple",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    package = from_package("w-1.0-py3-none-any.whl", b"1", **{"model.bin": ("a",)})
    known = (a_model("ears", Site(url=NOWHERE), package, files=(a_file("model.bin", CONTENT),), kind="recogniser"),)
    result = run(tmp_path, known, "fetch", "ears")
    assert result.exit_code == 3
    assert f"  {NOWHERE}model.bin: " in result.stderr
    assert "  package index: " in result.stderr


def test_a_list_of_ones_own_is_a_setting_too(
    places: Places, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.json").write_bytes(msgspec.json.encode(a_manifest(here(places, "voice"))))
    monkeypatch.setenv("DRAGOMAN_MODELS_MANIFEST", str(tmp_path / "own.json"))
    assert CliRunner().invoke(main, ["models", "fetch", "voice"]).exit_code == 0
    assert len(CliRunner().invoke(main, ["models", "list"]).stdout.splitlines()) == 2


def test_the_shipped_list_is_shown(models: Path) -> None:
    result = CliRunner().invoke(main, ["models", "list"])
    assert result.exit_code == 0
    manifest = json.loads(SHIPPED.read_text())
    assert all(f"\n{model['name']} " in result.stdout for model in manifest["models"])
    assert "OPUS-MT zh-en by Jörg Tiedemann and Santhosh Thottingal" in result.stdout
