import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dragoman.models.errors import NoSpaceError
from dragoman.models.folder import ModelsFolder, Note, models_folder
from dragoman.models.manifest import Model
from dragoman.runtime.errors import DragomanError
from tests.dragoman.models.places import a_file, a_manifest, a_model

CONTENT = b"weights"
MODEL = a_model("voice", files=(a_file("deep/model.bin", CONTENT),))


def put(folder: ModelsFolder, model: Model = MODEL, content: bytes = CONTENT) -> None:
    building = folder.building(model.name)
    (building / "deep").mkdir(exist_ok=True)
    (building / "deep" / "model.bin").write_bytes(content)
    (building / "rest.part").write_bytes(b"half")
    files = (a_file("deep/model.bin", content),)
    folder.appear(model.name, Note(name=model.name, fetched_at="now", places=("here",), files=files))


def test_the_folder_is_the_one_that_is_set_or_one_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert models_folder("/srv/models") == Path("/srv/models")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert models_folder("") == tmp_path / "dragoman" / "models"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert models_folder("") == Path.home() / ".local/share/dragoman/models"


@pytest.fixture
def strict() -> Iterator[None]:
    """A user whose files nobody else may read, unless it is said."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict")
def test_a_model_appears_whole_and_readable_for_all(models: Path) -> None:
    folder = ModelsFolder(models)
    assert folder.state(MODEL) == "not there"
    put(folder)
    assert folder.state(MODEL) == "there"
    assert sorted(path.name for path in (models / "voice").rglob("*")) == ["deep", "model.bin", "model.json"]
    assert (models / "voice" / "deep" / "model.bin").stat().st_mode & 0o777 == 0o644
    assert (models / "voice" / "deep").stat().st_mode & 0o777 == 0o755
    assert folder.present(a_manifest(MODEL, a_model("other"))) == (MODEL,)


def test_a_newer_model_takes_the_place_of_the_old_one(models: Path) -> None:
    folder = ModelsFolder(models)
    put(folder, content=b"older")
    assert folder.state(MODEL) == "other"
    with (models / "voice" / "deep" / "model.bin").open("rb") as read_by_another:
        put(folder)
        assert read_by_another.read() == b"older"
    assert folder.state(MODEL) == "there"


@pytest.mark.parametrize("content", [None, b"short"])
def test_a_lost_or_cut_file_is_seen(models: Path, content: bytes | None) -> None:
    folder = ModelsFolder(models)
    put(folder)
    path = models / "voice" / "deep" / "model.bin"
    path.unlink() if content is None else path.write_bytes(content)
    assert folder.state(MODEL) == "incomplete"
    assert [line.split(":")[0] for line in folder.damages(MODEL)] == ["voice/deep/model.bin"]


def test_changed_bytes_are_seen_when_the_files_are_read(models: Path) -> None:
    folder = ModelsFolder(models)
    put(folder)
    assert folder.damages(MODEL) == []
    (models / "voice" / "deep" / "model.bin").write_bytes(CONTENT[::-1])
    assert folder.state(MODEL) == "there"
    assert "sha256" in folder.damages(MODEL)[0]


def test_files_without_a_note_are_no_model(models: Path) -> None:
    (models / "voice").mkdir(parents=True)
    assert ModelsFolder(models).state(MODEL) == "incomplete"


def test_a_removed_model_is_gone_with_what_was_begun_of_it(models: Path) -> None:
    folder = ModelsFolder(models)
    put(folder)
    (folder.building("voice") / "model.bin.part").write_bytes(b"12345")
    assert folder.remove("voice") > len(CONTENT)
    assert folder.state(MODEL) == "not there"
    assert not list(models.rglob("*.part"))
    assert folder.remove("voice") == 0


def test_models_that_are_in_no_manifest_are_named(models: Path) -> None:
    folder = ModelsFolder(models)
    put(folder)
    assert folder.unknown(a_manifest(a_model("other"))) == ["voice"]
    assert folder.unknown(a_manifest(MODEL)) == []


def test_one_waits_for_the_other_and_says_so(models: Path) -> None:
    folder = ModelsFolder(models)
    waits, order = threading.Event(), []

    def other() -> None:
        with folder.locked("voice", waits.set):
            order.append("other")

    with folder.locked("voice"), folder.locked("another"):
        thread = threading.Thread(target=other)
        thread.start()
        assert waits.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "other"]


def test_packages_are_dropped_but_not_what_was_cut(models: Path) -> None:
    folder = ModelsFolder(models)
    for name in ("a.whl", "b.whl.part"):
        (folder.packages() / name).write_bytes(b"x")
    folder.drop_packages()
    assert [path.name for path in folder.packages().iterdir()] == ["b.whl.part"]


def test_space_is_asked_for_before(models: Path) -> None:
    ModelsFolder(models).require_space(1)
    with pytest.raises(NoSpaceError, match=r"^1,000,000,000,000 MB are needed in .*/models, and [\d,]+ MB are free$"):
        ModelsFolder(models).require_space(10**18)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(DragomanError, match="cannot be made: "), ModelsFolder(tmp_path / "models").locked("voice"):
        pass
